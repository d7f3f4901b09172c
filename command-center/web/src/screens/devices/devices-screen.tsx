import { useLocation } from 'wouter'
import { fetchQuarantine } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useUser } from '../../shell/session.ts'
import { Num } from '../../ui/num.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { DeviceTable } from './device-table.tsx'
import { Door } from './door.tsx'
import { groupByDevice } from './group-by-device.ts'
import { WaitingDevices } from './waiting-devices.tsx'
import './devices.css'

const REFRESH_MS = 5_000
const TABS = ['all', 'waiting', 'door'] as const
type Tab = (typeof TABS)[number]

/** All devices, those that wait to be adopted, and what happened to devices at the gateway's door. */
export default function DevicesScreen() {
  const { t } = useWords()
  // Who administers may let devices in that nobody knows, and shut out those that are known.
  const administers = useUser().role === 'administrator'
  const waiting = useRequest('quarantine', fetchQuarantine, REFRESH_MS)
  const [path, navigate] = useLocation()
  const chosen = TABS.find((tab): tab is Tab => path === `/devices/${tab}`)
  const devices = groupByDevice(waiting.data?.series.map((s) => s.key) ?? [])
  // What somebody has to decide comes first, until they look elsewhere.
  const tab = chosen ?? (devices.length > 0 ? 'waiting' : 'all')
  const words = (one: Tab) =>
    one === 'waiting' && devices.length > 0 ? (
      <>
        {t('devices.waiting')} <Num>{formatNumber(devices.length)}</Num>
      </>
    ) : (
      t(`devices.${one}`)
    )
  return (
    <Screen title={t('screen.devices')} intro={t('devices.intro')} className="devices">
      <Tabs
        label={t('list.choose')}
        shown={tab}
        tabs={TABS.map((one) => [one, words(one)])}
        onShow={(one) => navigate(`/devices/${one}`, { replace: true })}
      />
      {tab === 'all' && <DeviceTable administers={administers} />}
      {tab === 'waiting' && <WaitingDevices request={waiting} devices={devices} />}
      {tab === 'door' && <Door administers={administers} />}
    </Screen>
  )
}
