import type { KeptMapping } from '@quartier/contracts/api'
import { type FormEvent, useRef, useState } from 'react'
import { removeMapping, saveMapping } from '../../api/client.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { Problem } from '../../ui/said.tsx'
import { type Faults, faultsIn, NEW_DRAFT, toDraft, toMapping } from './mapping-draft.ts'
import { MappingFields } from './mapping-fields.tsx'
import { MappingTrial } from './mapping-trial.tsx'
import { refusalWords } from './refusal-words.ts'

/** What was done last, to be said once. */
export interface Done {
  readonly words: Extract<MessageKey, 'mappings.saved' | 'mappings.removed'>
  readonly name: string
}

interface Props {
  /** Absent for a new mapping. */
  readonly known: KeptMapping | undefined
  readonly taken: readonly string[]
  onCancel(): void
  onDone(what: Done): void
}

const FORM = 'mapping-form'

/** A mapping beside a message on which it can be tried before anything is kept. */
export function MappingEditor({ known, taken, onCancel, onDone }: Props) {
  const { t } = useWords()
  const [draft, setDraft] = useState(() => (known ? toDraft(known) : NEW_DRAFT))
  const [faults, setFaults] = useState<Faults>({})
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const [removing, setRemoving] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const command = useRef({ key: '', body: '' })

  /** Whether the draft can be sent; what cannot is named, and the first such field gets the focus. */
  const isSound = (): boolean => {
    const found = faultsIn(draft, taken)
    setFaults(found)
    const [first] = Object.keys(found)
    if (first !== undefined) form.current?.querySelector<HTMLElement>(`[data-field="${first}"]`)?.focus()
    return first === undefined
  }
  const run = async (act: () => Promise<unknown>, words: Done['words']) => {
    setBusy(true)
    setProblem('')
    try {
      await act()
      onDone({ words, name: draft.name })
    } catch (error) {
      setProblem(refusalWords(error as Error, t))
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isSound()) return
    const mapping = toMapping(draft)
    const body = JSON.stringify(mapping)
    if (command.current.body !== body) command.current = { key: crypto.randomUUID(), body }
    void run(() => saveMapping(mapping, command.current.key), 'mappings.saved')
  }

  return (
    <>
      <div className="columns">
        <form id={FORM} ref={form} onSubmit={submit} noValidate>
          <MappingFields draft={draft} faults={faults} isNew={!known} onChange={setDraft} />
        </form>
        <MappingTrial draft={draft} isSound={isSound} />
      </div>
      <Problem>{problem}</Problem>
      <div className="actions">
        {removing ? (
          <>
            <span className="ask">{t('mappings.removeAsk', { name: draft.name })}</span>
            <button
              type="button"
              className="btn primary"
              disabled={busy}
              onClick={() => void run(() => removeMapping(draft.name), 'mappings.removed')}
            >
              {t('mappings.removeReally')}
            </button>
            <button
              type="button"
              className="btn"
              // biome-ignore lint/a11y/noAutofocus: the harmless one of two buttons that somebody has just asked for
              autoFocus
              onClick={() => setRemoving(false)}
            >
              {t('mappings.removeNot')}
            </button>
          </>
        ) : (
          <>
            <button type="submit" form={FORM} className="btn primary" disabled={busy}>
              {t('people.save')}
            </button>
            <button type="button" className="btn" onClick={onCancel}>
              {t('people.cancel')}
            </button>
            {known && (
              <button type="button" className="btn quiet remove" onClick={() => setRemoving(true)}>
                {t('mappings.remove')}
              </button>
            )}
          </>
        )}
      </div>
    </>
  )
}
