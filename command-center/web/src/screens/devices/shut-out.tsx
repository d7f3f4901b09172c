import { useEffect, useRef, useState } from 'react'
import { shutOut } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Field } from '../../ui/fields.tsx'
import { Problem, Said } from '../../ui/said.tsx'
import { useCommand } from '../../ui/use-command.ts'

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
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  if (revoked !== undefined)
    return (
      <Said>
        {t('devices.shutOutDone', { name, n: formatNumber(revoked) })}
        <button type="button" className="btn" onClick={onEnd}>
          {t('devices.shutOutSeen')}
        </button>
      </Said>
    )
  return (
    <form
      className="said shut-out"
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
      <Field ref={field} label={t('devices.reason')} maxLength={200} value={reason} onChange={setReason} />
      <Problem>{problem}</Problem>
      <p className="form-actions">
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
