import { useEffect, useId, useRef, useState } from 'react'
import { shutOut } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useCommand } from './use-command.ts'

interface Props {
  readonly name: string
  onEnd(): void
}

/** Asks once more before somebody loses everything by which it gets in, and says what was taken. */
export function ShutOut({ name, onEnd }: Props) {
  const { t } = useWords()
  const { busy, problem, run } = useCommand()
  const [reason, setReason] = useState('')
  const [revoked, setRevoked] = useState<number>()
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  if (revoked !== undefined)
    return (
      <p className="saved" role="status">
        {t('devices.shutOutDone', { name, n: formatNumber(revoked) })}
        <button type="button" className="btn" onClick={onEnd}>
          {t('devices.shutOutSeen')}
        </button>
      </p>
    )
  return (
    <form
      className="saved shut-out"
      onSubmit={(event) => {
        event.preventDefault()
        void run(`shut out ${name}`, async (key) => setRevoked((await shutOut(name, reason.trim(), key)).revoked))
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onEnd()
      }}
    >
      <b>{t('devices.shutOutAsk', { name })}</b>
      <span className="soft">{t('devices.shutOutMeans')}</span>
      <label htmlFor={id}>{t('devices.reason')}</label>
      <input
        className="field"
        id={id}
        ref={field}
        dir="auto"
        maxLength={200}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <p className="problem" role="alert">
        {problem}
      </p>
      <p className="actions">
        <button type="submit" className="btn primary" disabled={busy}>
          {t('devices.shutOut')}
        </button>
        <button type="button" className="btn" onClick={onEnd}>
          {t('people.cancel')}
        </button>
      </p>
    </form>
  )
}
