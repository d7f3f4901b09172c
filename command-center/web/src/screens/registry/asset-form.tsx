import type { AssetEdit, AssetPage } from '@quartier/contracts/api'
import { useState } from 'react'
import { editAsset } from '../../api/registry.ts'
import { type MessageKey, nameIn, useWords } from '../../i18n/translate.ts'
import { Field } from '../../ui/fields.tsx'
import { ASSET_FIELDS, type AssetField, assetDraft, readAsset } from './drafts.ts'
import { EditForm } from './edit-form.tsx'

interface Props {
  readonly page: AssetPage
  onClose(): void
  onSaved(): void
}

const LABELS: Readonly<Record<AssetField, MessageKey>> = {
  name: 'registry.name',
  nameAr: 'registry.nameAr',
  placeId: 'registry.place',
  parentId: 'registry.parent',
  criticality: 'registry.criticality',
  level: 'registry.level',
  craft: 'registry.craft',
  contractor: 'registry.contractor',
}
const HINTS: Partial<Record<AssetField, MessageKey>> = {
  placeId: 'registry.placeHint',
  parentId: 'registry.parentHint',
  criticality: 'registry.criticalityHint',
}
const CODES = new Set<AssetField>(['placeId', 'parentId', 'criticality', 'level'])

/** Changes an asset; somebody else's change meanwhile is not overwritten. */
export function AssetForm({ page: { asset, versions }, onClose, onSaved }: Props) {
  const { t, language } = useWords()
  const [draft, setDraft] = useState(() => assetDraft(asset))
  const [known] = useState({ asset, basedOn: versions.at(-1)?.sinceAt })
  return (
    <EditForm<AssetField, AssetEdit>
      title={t('registry.editAsset', { name: nameIn(language, asset) })}
      draft={draft}
      read={() => readAsset(draft, known.asset)}
      save={(changes, key) => editAsset(asset.id, { ...changes, basedOn: known.basedOn }, key)}
      onClose={onClose}
      onSaved={onSaved}
      fields={(faults) =>
        ASSET_FIELDS.map((name) => {
          const fault = faults[name]
          const hint = HINTS[name]
          return (
            <Field
              key={name}
              label={t(LABELS[name])}
              value={draft[name]}
              code={CODES.has(name)}
              maxLength={name === 'name' || name === 'nameAr' ? 120 : 80}
              {...(name === 'nameAr' && { lang: 'ar', dir: 'rtl' })}
              {...(hint && { hint: t(hint) })}
              fault={fault && t(fault)}
              onChange={(text) => setDraft({ ...draft, [name]: text })}
            />
          )
        })
      }
    />
  )
}
