import type { DeviceLogView } from '@quartier/contracts/api'
import { useRef, useState } from 'react'
import { adoptSeries, fetchDeviceLog, fetchQuarantine, letDeviceIn } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { DoorLines } from './door-lines.tsx'
import { groupByDevice, type WaitingDevice } from './group-by-device.ts'
import './devices.css'

const REFRESH_MS = 5_000

interface Props {
  /** Whether this person may let devices in that nobody knows. */
  readonly administers: boolean
  onClose(): void
}

/** Devices that wait to be adopted, and what happened to devices at the gateway's door. */
export function DevicesDialog({ administers, onClose }: Props) {
  const { t } = useWords()
  const waiting = useRequest('quarantine', fetchQuarantine, REFRESH_MS)
  const door = useRequest('device-log', fetchDeviceLog, REFRESH_MS)
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState('')
  const [letIn, setLetIn] = useState<{ readonly name: string; readonly secret: string }>()
  const keys = useRef(new Map<string, string>())

  /** One key for every try of one command, so that it happens once. */
  const run = async (name: string, act: (key: string) => Promise<void>) => {
    const key = keys.current.get(name) ?? crypto.randomUUID()
    keys.current.set(name, key)
    setBusy(name)
    setProblem(undefined)
    try {
      await act(key)
      keys.current.delete(name)
    } catch (error) {
      setProblem(errorWords(error as Error, t))
    }
    setBusy('')
  }
  const adopt = ({ id, keys: series }: WaitingDevice) =>
    run(`adopt ${id} ${series.length}`, async (key) => {
      await adoptSeries(series, key)
      waiting.retry()
    })
  const admit = (name: string) =>
    run(`admit ${name}`, async (key) => {
      const { secret } = await letDeviceIn(name, key)
      setLetIn({ name, secret })
      door.retry()
    })

  const devices = groupByDevice(waiting.data?.series.map((s) => s.key) ?? [])
  const error = waiting.error ?? door.error
  return (
    <Dialog title={t('top.devices')} className="devices" onClose={onClose}>
      {(waiting.loading || door.loading) && <Loading label={t('state.loading')} />}
      {error && !waiting.data && (
        <div className="part-state" role="alert">
          <b>{errorWords(error, t)}</b>
          <button type="button" className="btn" onClick={waiting.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {letIn && (
        <div className="saved" role="status">
          <span>{t('devices.secret', { name: letIn.name })}</span> <bdi className="secret">{letIn.secret}</bdi>
          <span className="l">{t('people.passwordHint')}</span>
        </div>
      )}
      <h3>{t('devices.waiting')}</h3>
      <p className="soft intro">{t(devices.length > 0 ? 'devices.waitingIntro' : 'devices.waitingNone')}</p>
      {devices.length > 0 && (
        <table className="tbl">
          <tbody>
            {devices.map((device) => (
              <tr key={device.id}>
                <td>
                  <bdi className="clip">{device.id}</bdi>
                  <bdi className="l clip">{device.properties.join(', ')}</bdi>
                </td>
                <td>{t('devices.series', { n: formatNumber(device.keys.length) })}</td>
                <td className="n">
                  <button
                    type="button"
                    className="btn primary"
                    aria-label={t('devices.adoptOne', { name: device.id })}
                    disabled={busy !== ''}
                    onClick={() => void adopt(device)}
                  >
                    {t('devices.adopt')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3>{t('devices.door')}</h3>
      <DoorLines lines={door.data?.lines ?? NONE} onAdmit={administers ? admit : undefined} busy={busy !== ''} />
    </Dialog>
  )
}

const NONE: DeviceLogView['lines'] = []
