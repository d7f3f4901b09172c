import { adoptSeries } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import type { RequestState } from '../../ui/use-request.ts'
import type { WaitingDevice } from './group-by-device.ts'
import { useCommand } from './use-command.ts'

interface Props {
  readonly request: RequestState<{ readonly series: readonly unknown[]; readonly total: number }>
  readonly devices: readonly WaitingDevice[]
}

/** Devices that have sent readings and that nobody has registered: a click takes each of them in. */
export function WaitingDevices({ request, devices }: Props) {
  const { t } = useWords()
  const { busy, problem, run } = useCommand()
  const adopt = (some: readonly WaitingDevice[]) => {
    const keys = some.flatMap((device) => device.keys)
    void run(`adopt ${keys.join(' ')}`, async (key) => {
      await adoptSeries(keys, key)
      request.retry()
    })
  }
  const beyond = (request.data?.total ?? 0) - (request.data?.series.length ?? 0)
  if (request.loading) return <Loading label={t('state.loading')} />
  return (
    <>
      {request.error && !request.data && (
        <div className="part-state" role="alert">
          <b>{errorWords(request.error, t)}</b>
          <button type="button" className="btn" onClick={request.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      <p className="problem" role="alert">
        {problem}
      </p>
      {request.data && (
        <div className="intro">
          <p className="soft">{t(devices.length > 0 ? 'devices.waitingIntro' : 'devices.waitingNone')}</p>
          {devices.length > 1 && (
            <button type="button" className="btn" disabled={busy} onClick={() => adopt(devices)}>
              {t('devices.adoptAll', { n: formatNumber(devices.length) })}
            </button>
          )}
        </div>
      )}
      {devices.length > 0 && (
        <table className="tbl waiting">
          <tbody>
            {devices.map((device) => (
              <tr key={device.id}>
                <td>
                  <bdi className="clip" title={device.id}>
                    {device.id}
                  </bdi>
                  <bdi className="l clip" title={device.properties.join(', ')}>
                    {device.properties.join(', ')}
                  </bdi>
                </td>
                <td className="l">{t('devices.series', { n: formatNumber(device.keys.length) })}</td>
                <td className="n">
                  <button
                    type="button"
                    className="btn primary"
                    aria-label={t('devices.adoptOne', { name: device.id })}
                    disabled={busy}
                    onClick={() => adopt([device])}
                  >
                    {t('devices.adopt')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {beyond > 0 && <p className="l more">{t('devices.waitingMore', { n: formatNumber(beyond) })}</p>}
    </>
  )
}
