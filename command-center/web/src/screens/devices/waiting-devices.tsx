import { adoptSeries } from '../../api/client.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Problem } from '../../ui/said.tsx'
import { Asked } from '../../ui/states.tsx'
import { useCommand } from '../../ui/use-command.ts'
import type { RequestState } from '../../ui/use-request.ts'
import type { WaitingDevice } from './group-by-device.ts'
import { useWaitingColumns } from './waiting-columns.tsx'

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
  const columns = useWaitingColumns(busy, (device) => adopt([device]))
  return (
    <Asked request={request}>
      {({ total, series }) => (
        <>
          <Problem>{problem}</Problem>
          <div className="intro">
            <p className="soft">{t(devices.length > 0 ? 'devices.waitingIntro' : 'devices.waitingNone')}</p>
            {devices.length > 1 && (
              <button type="button" className="btn" disabled={busy} onClick={() => adopt(devices)}>
                {t('devices.adoptAll', { n: formatNumber(devices.length) })}
              </button>
            )}
          </div>
          {devices.length > 0 && (
            <DataTable
              label={t('devices.waiting')}
              className="waiting"
              columns={columns}
              rows={devices}
              keyOf={({ id }) => id}
            />
          )}
          {total > series.length && (
            <p className="l more">{t('devices.waitingMore', { n: formatNumber(total - series.length) })}</p>
          )}
        </>
      )}
    </Asked>
  )
}
