import type { ReceiptsView } from '@quartier/contracts/api'
import { REMOVAL_KINDS } from '@quartier/contracts/privacy'
import { fetchReceipts } from '../../api/client.ts'
import { formatDate, formatNumber, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Num } from '../../ui/num.tsx'
import { useRequest } from '../../ui/use-request.ts'

const REFRESH_MS = 30_000

/**
 * What the privacy firewall has removed from the messages of a camera in the last day. Of things that are no cameras it
 * shows nothing when there is nothing.
 */
export function Removed({ seriesKey, isCamera }: { seriesKey: string; isCamera: boolean }) {
  const { t } = useWords()
  const request = useRequest(seriesKey, (signal) => fetchReceipts(seriesKey, signal), REFRESH_MS)
  const removed = request.data?.removed ?? {}
  const kinds = REMOVAL_KINDS.filter((kind) => removed[kind] !== undefined)
  const newest = request.data?.receipts[0]
  if (!isCamera && kinds.length === 0) return null
  return (
    <section className="removed">
      <h3 className="sec">
        {t('removed.title')}
        {newest && <span className="end l">{t('removed.last', { time: formatTime(newest.minute) })}</span>}
      </h3>
      {request.error && !request.data && <p className="part-state soft">{errorWords(request.error, t)}</p>}
      {request.data && kinds.length === 0 && <p className="part-state soft">{t('removed.nothing')}</p>}
      {kinds.length > 0 && (
        <dl className="facts wide">
          {kinds.map((kind) => (
            <div key={kind}>
              <dt>{t(`removed.${kind}`)}</dt>
              <dd>
                <Num>{formatNumber(removed[kind]!)}</Num>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {request.data && kinds.length > 0 && <Receipts receipts={request.data.receipts} />}
      <p className="l trend-key">{t('removed.why')}</p>
    </section>
  )
}

/** Minute by minute, the newest first: what kind, and how many. */
function Receipts({ receipts }: { readonly receipts: ReceiptsView['receipts'] }) {
  const { t, language } = useWords()
  return (
    <details className="receipts">
      <summary>{t('removed.byMinute')}</summary>
      <div className="scroll">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t('removed.minute')}</th>
              <th>{t('removed.kind')}</th>
              <th className="n">{t('removed.count')}</th>
            </tr>
          </thead>
          <tbody>
            {receipts.map(({ minute, camera, removed }) =>
              REMOVAL_KINDS.filter((kind) => removed[kind] !== undefined).map((kind, i) => (
                <tr key={`${minute} ${camera} ${kind}`}>
                  <td title={formatDate(minute, language)}>{i === 0 && <bdi>{formatTime(minute)}</bdi>}</td>
                  <td className="clip">{t(`removed.${kind}`)}</td>
                  <td className="n">
                    <Num>{formatNumber(removed[kind]!)}</Num>
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </details>
  )
}
