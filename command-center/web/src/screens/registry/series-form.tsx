import type { SeriesEdit } from '@quartier/contracts/api'
import type { SeriesDefinition } from '@quartier/contracts/schemas'
import { useState } from 'react'
import { editSeries, fetchSeriesVersions } from '../../api/registry.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { Field } from '../../ui/fields.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { readSeries, SERIES_FIELDS, type SeriesField, seriesDraft } from './drafts.ts'
import { EditForm } from './edit-form.tsx'

interface Props {
  readonly series: SeriesDefinition
  onClose(): void
  onSaved(): void
}

const LABELS: Readonly<Record<SeriesField, MessageKey>> = {
  assetId: 'registry.asset',
  unit: 'registry.unit',
  validMin: 'registry.min',
  validMax: 'registry.max',
  intervalS: 'registry.intervalS',
}
const HINTS: Readonly<Record<SeriesField, MessageKey>> = {
  assetId: 'registry.assetHint',
  unit: 'registry.unitHint',
  validMin: 'registry.limitHint',
  validMax: 'registry.limitHint',
  intervalS: 'registry.intervalHint',
}

/** Changes a series; somebody else's change meanwhile is not overwritten. */
export function SeriesForm({ series, onClose, onSaved }: Props) {
  const { t } = useWords()
  const [draft, setDraft] = useState(() => seriesDraft(series))
  const past = useRequest(`versions ${series.key}`, (signal) => fetchSeriesVersions(series.key, signal))
  const basedOn = past.data?.versions.at(-1)?.sinceAt
  return (
    <EditForm<SeriesField, SeriesEdit>
      title={t('registry.editSeries', { name: series.key })}
      draft={draft}
      read={() => readSeries(draft, series)}
      save={(changes, key) => editSeries(series.key, { ...changes, basedOn }, key)}
      onClose={onClose}
      onSaved={onSaved}
      fields={(faults) =>
        SERIES_FIELDS.map((name) => {
          const fault = faults[name]
          return (
            <Field
              key={name}
              code
              label={t(LABELS[name])}
              value={draft[name]}
              hint={t(HINTS[name])}
              maxLength={name === 'unit' ? 24 : 64}
              fault={fault && t(fault)}
              onChange={(text) => setDraft({ ...draft, [name]: text })}
            />
          )
        })
      }
    />
  )
}
