import { useDeferredValue, useState } from 'react'
import { fetchDeviceLog, letDeviceIn } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { DoorLines } from './door-lines.tsx'
import { useCommand } from './use-command.ts'

const REFRESH_MS = 5_000

/** What happened to devices at the gateway's door, and a way in for those whom nobody knows. */
export function Door({ administers }: { readonly administers: boolean }) {
  const { t } = useWords()
  const [name, setName] = useState('')
  const device = useDeferredValue(name.trim())
  const door = useRequest(`device-log ${device}`, (signal) => fetchDeviceLog(device, signal), REFRESH_MS)
  const { busy, problem, run } = useCommand()
  const [letIn, setLetIn] = useState<{ readonly name: string; readonly secret: string }>()
  const admit = (who: string) =>
    run(`admit ${who}`, async (key) => {
      const { secret } = await letDeviceIn(who, key)
      setLetIn({ name: who, secret })
      door.retry()
    })
  return (
    <>
      <search className="find">
        <input
          type="search"
          className="field"
          dir="auto"
          value={name}
          maxLength={128}
          aria-label={t('devices.logOf')}
          placeholder={t('devices.logOf')}
          onChange={(event) => setName(event.target.value)}
        />
      </search>
      {letIn && (
        <div className="saved" role="status">
          <span>{t('devices.secret', { name: letIn.name })}</span> <bdi className="secret">{letIn.secret}</bdi>
          <span className="l">{t('people.passwordHint')}</span>
        </div>
      )}
      <p className="problem" role="alert">
        {problem}
      </p>
      {door.loading && <Loading label={t('state.loading')} />}
      {door.error && !door.data && (
        <div className="part-state" role="alert">
          <b>{errorWords(door.error, t)}</b>
          <button type="button" className="btn" onClick={door.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {door.data && <DoorLines lines={door.data.lines} onAdmit={administers ? admit : undefined} busy={busy} />}
    </>
  )
}
