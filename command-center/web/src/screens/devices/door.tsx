import { useDeferredValue, useState } from 'react'
import { fetchDeviceLog, letDeviceIn } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { SearchField } from '../../ui/fields.tsx'
import { Problem, Said, Secret } from '../../ui/said.tsx'
import { Asked } from '../../ui/states.tsx'
import { useCommand } from '../../ui/use-command.ts'
import { useRequest } from '../../ui/use-request.ts'
import { DoorLines } from './door-lines.tsx'

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
        <SearchField label={t('devices.logOf')} maxLength={128} value={name} onChange={setName} />
      </search>
      {letIn && (
        <Said>
          <span>{t('devices.secret', { name: letIn.name })}</span> <Secret>{letIn.secret}</Secret>
          <span className="l">{t('people.passwordHint')}</span>
        </Said>
      )}
      <Problem>{problem}</Problem>
      <Asked request={door}>
        {({ lines }) => <DoorLines lines={lines} onAdmit={administers ? admit : undefined} busy={busy} />}
      </Asked>
    </>
  )
}
