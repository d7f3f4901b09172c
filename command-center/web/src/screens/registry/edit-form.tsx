import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { RequestError } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { Problem } from '../../ui/said.tsx'
import type { Draft, Faults, Reading } from './drafts.ts'

interface Props<Name extends string, Changes> {
  readonly title: string
  readonly draft: Draft<Name>
  read(): Reading<Changes, Name>
  fields(faults: Faults<Name>): ReactNode
  save(changes: Changes, key: string): Promise<unknown>
  onClose(): void
  onSaved(): void
}

/** A form over the registry: what is wrong is named at its field, what the server refuses below. */
export function EditForm<Name extends string, Changes extends object>(props: Props<Name, Changes>) {
  const { title, read, fields, save, onClose, onSaved } = props
  const { t } = useWords()
  const [faults, setFaults] = useState<Faults<Name>>({})
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const command = useRef({ key: '', body: '' })
  const form = useRef<HTMLFormElement>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const reading = read()
    setFaults(reading.faults ?? {})
    if (!reading.changes) {
      queueMicrotask(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus())
      return
    }
    if (Object.keys(reading.changes).length === 0) {
      setProblem(t('registry.unchanged'))
      return
    }
    const body = JSON.stringify(reading.changes)
    if (command.current.body !== body) command.current = { key: crypto.randomUUID(), body }
    setBusy(true)
    setProblem('')
    try {
      await save(reading.changes, command.current.key)
      onSaved()
    } catch (error) {
      const isConflict = error instanceof RequestError && error.code === 'REGISTRY_CONFLICT'
      setProblem(isConflict ? t('registry.conflict') : errorWords(error as Error, t) || t('state.panelFailed'))
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} className="registry-form" onClose={onClose}>
      <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
        <div className="form-fields">{fields(faults)}</div>
        <Problem>{problem}</Problem>
        <div className="form-actions">
          <button type="submit" className="btn primary" disabled={busy}>
            {t('registry.save')}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t('registry.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
