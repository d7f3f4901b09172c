import { useState } from 'react'
import { fetchQuarantine } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { DeviceTable } from './device-table.tsx'
import { Door } from './door.tsx'
import { groupByDevice } from './group-by-device.ts'
import { WaitingDevices } from './waiting-devices.tsx'
import './devices.css'

const REFRESH_MS = 5_000
const TABS = ['all', 'waiting', 'door'] as const
type Tab = (typeof TABS)[number]

interface Props {
  /** Whether this person may let devices in that nobody knows, and shut out those that are known. */
  readonly administers: boolean
  onClose(): void
}

/** All devices, those that wait to be adopted, and what happened to devices at the gateway's door. */
export function DevicesDialog({ administers, onClose }: Props) {
  const { t } = useWords()
  const waiting = useRequest('quarantine', fetchQuarantine, REFRESH_MS)
  const [chosen, setChosen] = useState<Tab>()
  const devices = groupByDevice(waiting.data?.series.map((s) => s.key) ?? [])
  // What somebody has to decide comes first, until they look elsewhere.
  const tab = chosen ?? (devices.length > 0 ? 'waiting' : 'all')
  return (
    <Dialog title={t('top.devices')} className="devices" onClose={onClose}>
      <fieldset className="list-tabs">
        <legend className="vh">{t('list.choose')}</legend>
        {TABS.map((one) => (
          <button key={one} type="button" aria-pressed={tab === one} onClick={() => setChosen(one)}>
            {t(`devices.${one}`)}
            {one === 'waiting' && devices.length > 0 && (
              <>
                {' '}
                <bdi className="num">{formatNumber(devices.length)}</bdi>
              </>
            )}
          </button>
        ))}
      </fieldset>
      <div className="tab">
        {tab === 'all' && <DeviceTable administers={administers} />}
        {tab === 'waiting' && <WaitingDevices request={waiting} devices={devices} />}
        {tab === 'door' && <Door administers={administers} />}
      </div>
    </Dialog>
  )
}
