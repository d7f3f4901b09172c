import type { KeptMapping } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchMappings } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { type Done, MappingEditor } from './mapping-editor.tsx'
import { MappingsTable } from './mappings-table.tsx'
import './mappings.css'

const REFRESH_MS = 15_000

/** How messages of devices are read that speak JSON of their own; for administrators of the whole district. */
export function MappingsDialog({ onClose }: { onClose(): void }) {
  const { t } = useWords()
  const request = useRequest('mappings', fetchMappings, REFRESH_MS)
  const [editing, setEditing] = useState<KeptMapping | 'new'>()
  const [done, setDone] = useState<Done>()
  const mappings = request.data?.mappings ?? []

  if (editing) {
    const known = editing === 'new' ? undefined : editing
    return (
      <Dialog
        title={known ? t('mappings.edit', { name: known.name }) : t('mappings.add')}
        className="mappings wide"
        onClose={() => setEditing(undefined)}
      >
        <MappingEditor
          known={known}
          taken={known ? [] : mappings.map(({ name }) => name)}
          onCancel={() => setEditing(undefined)}
          onDone={(what) => {
            setDone(what)
            setEditing(undefined)
            request.retry()
          }}
        />
      </Dialog>
    )
  }
  return (
    <Dialog title={t('top.mappings')} className="mappings" onClose={onClose}>
      <p className="soft intro">{t('mappings.intro')}</p>
      {done && (
        <p className="saved" role="status">
          {t(done.words, { name: done.name })}
        </p>
      )}
      {request.loading && <Loading label={t('state.loading')} />}
      {request.error && !request.data && (
        <div className="part-state" role="alert">
          <b>{errorWords(request.error, t)}</b>
          <button type="button" className="btn" onClick={request.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {request.data && mappings.length === 0 && <p className="empty">{t('mappings.none')}</p>}
      {mappings.length > 0 && <MappingsTable mappings={mappings} onEdit={setEditing} />}
      <div className="actions">
        <button type="button" className="btn primary" onClick={() => setEditing('new')}>
          {t('mappings.add')}
        </button>
      </div>
    </Dialog>
  )
}
