import type { KeptMapping } from '@quartier/contracts/api'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { fetchMappings } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { Said } from '../../ui/said.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { type Done, MappingEditor } from './mapping-editor.tsx'
import { MappingsTable } from './mappings-table.tsx'
import './mappings.css'

const REFRESH_MS = 15_000
const LIST = '/mappings'
const NEW = `${LIST}/new`
const EDIT = `${LIST}/edit/`

/** How messages of devices are read that speak JSON of their own; for administrators of the whole district. */
export default function MappingsScreen() {
  const { t } = useWords()
  const request = useRequest('mappings', fetchMappings, REFRESH_MS)
  const [path, navigate] = useLocation()
  const [done, setDone] = useState<Done>()
  const mappings = request.data?.mappings ?? []
  const name = path.startsWith(EDIT) ? decodeURIComponent(path.slice(EDIT.length)) : undefined
  const known = mappings.find((mapping) => mapping.name === name)
  const edit = (mapping: KeptMapping) => navigate(EDIT + encodeURIComponent(mapping.name))

  if (known || path === NEW)
    return (
      <Screen
        key={path}
        title={known ? t('mappings.edit', { name: known.name }) : t('mappings.add')}
        intro={t('mappings.intro')}
        className="mappings"
      >
        <MappingEditor
          known={known}
          taken={known ? [] : mappings.map((mapping) => mapping.name)}
          onCancel={() => navigate(LIST)}
          onDone={(what) => {
            setDone(what)
            navigate(LIST)
            request.retry()
          }}
        />
      </Screen>
    )
  return (
    <Screen
      title={t('screen.mappings')}
      intro={t('mappings.intro')}
      className="mappings"
      actions={
        <button type="button" className="btn primary" onClick={() => navigate(NEW)}>
          {t('mappings.add')}
        </button>
      }
    >
      {done && <Said>{t(done.words, { name: done.name })}</Said>}
      <Asked request={request}>
        {() =>
          mappings.length === 0 ? (
            <p className="empty">{t('mappings.none')}</p>
          ) : (
            <MappingsTable mappings={mappings} onEdit={edit} />
          )
        }
      </Asked>
    </Screen>
  )
}
