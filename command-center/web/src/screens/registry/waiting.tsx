import { useState } from 'react'
import { ask } from '../../api/client.ts'
import { fetchWaiting } from '../../api/registry.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { goToScreen } from '../../shell/travel.ts'
import { CursorPages, DataTable } from '../../ui/data-table.tsx'
import { Field } from '../../ui/fields.tsx'
import { Problem, Said } from '../../ui/said.tsx'
import { Asked } from '../../ui/states.tsx'
import { useCommand } from '../../ui/use-command.ts'
import { useRequest } from '../../ui/use-request.ts'
import { groupByDevice, type WaitingDevice } from '../devices/group-by-device.ts'
import { useWaitingColumns } from '../devices/waiting-columns.tsx'

const REFRESH_MS = 5_000

/** Devices that have sent readings and that nobody has registered: a click takes each in. */
export function Waiting({ administers }: { readonly administers: boolean }) {
  const { t } = useWords()
  const [pages, setPages] = useState<readonly string[]>([])
  const [assetId, setAssetId] = useState('')
  const [done, setDone] = useState('')
  const after = pages.at(-1)
  const request = useRequest(`waiting ${after}`, (signal) => fetchWaiting(after, signal), REFRESH_MS)
  const { busy, problem, run } = useCommand()
  const adopt = (devices: readonly WaitingDevice[]) => {
    const keys = devices.flatMap((device) => device.keys)
    const asset = assetId.trim() || null
    void run(`adopt ${keys.join(' ')} ${asset}`, async (key) => {
      for (let from = 0; from < keys.length; from += 1000)
        await ask('/api/quarantine/adopt', {
          method: 'POST',
          body: { keys: keys.slice(from, from + 1000), assetId: asset },
          key: `${key}-${from}`,
        })
      const only = devices.length === 1 ? devices[0] : undefined
      setDone(
        only ? t('waiting.adopted', { name: only.id }) : t('waiting.adoptedAll', { n: formatNumber(devices.length) }),
      )
      request.retry()
    })
  }
  const columns = useWaitingColumns(busy, (device) => adopt([device]))
  return (
    <>
      {done && <Said>{done}</Said>}
      <Problem>{problem}</Problem>
      <Asked request={request}>
        {({ series, next, total }) => {
          const devices = groupByDevice(series.map(({ key }) => key))
          return (
            <>
              <p className="soft intro">{t(total > 0 ? 'waiting.intro' : 'waiting.none')}</p>
              {devices.length > 0 && (
                <>
                  <div className="assign">
                    <Field
                      code
                      label={t('waiting.assign')}
                      value={assetId}
                      hint={t('waiting.assignHint')}
                      maxLength={64}
                      onChange={setAssetId}
                    />
                    {devices.length > 1 && (
                      <button type="button" className="btn" disabled={busy} onClick={() => adopt(devices)}>
                        {t('devices.adoptAll', { n: formatNumber(devices.length) })}
                      </button>
                    )}
                  </div>
                  <DataTable
                    label={t('registry.tab.waiting')}
                    columns={columns}
                    rows={devices}
                    keyOf={({ id }) => id}
                  />
                </>
              )}
              {(next !== null || pages.length > 0) && (
                <CursorPages pages={pages} next={next} onPages={setPages}>
                  {t('registry.count.series', { n: formatNumber(total) })}
                </CursorPages>
              )}
            </>
          )
        }}
      </Asked>
      <p className="links">
        <span className="l">{t('waiting.unread')}</span>
        <button type="button" className="link" onClick={() => goToScreen('/health/letters')}>
          {t('waiting.letters')}
        </button>
        {administers && (
          <button type="button" className="link" onClick={() => goToScreen('/mappings')}>
            {t('waiting.mappings')}
          </button>
        )}
      </p>
    </>
  )
}
