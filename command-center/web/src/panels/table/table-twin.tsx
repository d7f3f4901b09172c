import { useEffect, useMemo, useRef, useState } from 'react'
import { select, useSelection } from '../../desk-state.ts'
import { formatAge } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { propertyName } from '../../i18n/vocabulary.ts'
import { useNow } from '../../live/hooks.ts'
import { NEVER, type Situation } from '../../live/situation.ts'
import { Num } from '../../ui/num.tsx'
import { onPhone } from '../../ui/phone.ts'
import { assetWords, formatReading, isDim, placeWords, qualityWords } from '../words.ts'
import { attentionOrder } from './order.ts'
import './table-twin.css'

const ROW_PX = 28
/** On a phone the property stands below the asset. */
const PHONE_ROW_PX = 48
const SPARE_ROWS = 8

/** What the map shows, as a table in the order of the list. Only the rows in sight are drawn. */
export function TableTwin({ situation, series }: { situation: Situation; series: readonly number[] }) {
  const { t } = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  useEffect(() => {
    // Asked for by its key: the arrows scroll it at once. A pressed button keeps the focus.
    if (!document.activeElement?.closest('button')) scroller.current?.focus()
  }, [])
  const order = useMemo(() => attentionOrder(situation, series), [situation, series])
  const rowPx = onPhone() ? PHONE_ROW_PX : ROW_PX
  const height = scroller.current?.clientHeight ?? 800
  const first = Math.max(0, Math.floor(top / rowPx) - SPARE_ROWS)
  const rows = order.slice(first, first + Math.ceil(height / rowPx) + 2 * SPARE_ROWS)
  return (
    <section
      className="table-twin"
      ref={scroller}
      aria-label={t('table.title')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      {order.length === 0 ? (
        <p className="empty soft">{t('table.none')}</p>
      ) : (
        <table className="tbl" aria-rowcount={order.length + 1}>
          <thead>
            <tr>
              <th>{t('table.asset')}</th>
              <th>{t('table.property')}</th>
              <th className="n">{t('table.value')}</th>
              <th>{t('table.age')}</th>
              <th>{t('table.quality')}</th>
              <th>{t('table.place')}</th>
            </tr>
          </thead>
          <tbody>
            <Spacer height={first * rowPx} />
            {rows.map((at, i) => (
              <SeriesRow key={situation.data.series[at]!.key} at={at} row={first + i + 2} situation={situation} />
            ))}
            <Spacer height={(order.length - first - rows.length) * rowPx} />
          </tbody>
        </table>
      )}
    </section>
  )
}

const Spacer = ({ height }: { height: number }) =>
  height > 0 ? (
    <tr className="spacer" style={{ height }}>
      <td colSpan={6} />
    </tr>
  ) : null

function SeriesRow({ at, row, situation }: { at: number; row: number; situation: Situation }) {
  const { t, language } = useWords()
  const now = useNow()
  const selection = useSelection()
  const { data, state, registry, topology } = situation
  const series = data.series[at]!
  const asset = registry.assets[topology.assetOf[at]!]
  const value = data.value[at]!
  const dim = isDim(state[at]!)
  return (
    <tr aria-rowindex={row} aria-selected={selection?.type === 'series' && selection.key === series.key}>
      <td className="clip" dir="auto">
        <button type="button" className="link" onClick={() => select({ type: 'series', key: series.key })}>
          {assetWords(asset, series, language)}
        </button>
        <span className="l clip on-phone">{propertyName(series.property, language)}</span>
      </td>
      <td className="clip">{propertyName(series.property, language)}</td>
      <td className={`n ${dim ? 'dim' : ''}`}>
        {Number.isNaN(value) ? t('card.noValue') : <Num>{formatReading(value, series, t)}</Num>}
      </td>
      <td className={`l ${dim ? 'strong' : ''}`}>
        {state[at] === NEVER ? '' : formatAge(now - data.measuredAt[at]!, t)}
      </td>
      <td className="l clip">{qualityWords(data.quality[at]!, state[at]!, t)}</td>
      <td className="clip" dir="auto">
        {placeWords(registry, asset?.placeId ?? null, language)}
      </td>
    </tr>
  )
}
