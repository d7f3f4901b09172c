import { useRef, useState } from 'react'
import { formatNumber, formatQuantity, THIN_SPACE } from '../../i18n/format.ts'
import { type Translate, useWords } from '../../i18n/translate.ts'
import { Num } from '../../ui/num.tsx'
import { type Figures, figuresAt, figuresOf, type OneSeries, unitAt } from './figures.ts'
import type { HistoryProps } from './history-part.tsx'
import type { Chosen } from './lanes.ts'
import type { History } from './use-history.ts'
import { cardWords, instantWords, listed } from './words.ts'

const ROW_PX = 28
const SPARE_ROWS = 10

/** The charts as a table: a row for each window, the newest first; only the rows in sight are drawn. */
export function WindowsTable({ history, chosen, cards, view }: HistoryProps & { readonly history: History }) {
  const { t, language } = useWords()
  const scroller = useRef<HTMLElement>(null)
  const [top, setTop] = useState(0)
  const { from, to } = history
  const { stepMs, from: begin } = history.view
  const inRange = Array.from({ length: history.view.windows }, (_, w) => w).filter((w) => {
    const at = begin + w * stepMs
    return at < Math.min(to, history.view.at) && at + stepMs > from
  })
  const shown = chosen.filter(({ key }) => history.view.series.some((one) => one.key === key))
  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE_ROWS)
  const rows = inRange
    .toReversed()
    .slice(first, first + Math.ceil((scroller.current?.clientHeight ?? 900) / ROW_PX) + 2 * SPARE_ROWS)
  const columns = 1 + shown.length * (history.earlier ? 3 : 2)
  const space = (height: number) =>
    height > 0 && (
      <tr className="spacer" style={{ height }}>
        <td colSpan={columns} />
      </tr>
    )
  return (
    <section
      ref={scroller}
      className="windows-table"
      aria-label={t('explore.tableLabel')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table className="tbl" aria-rowcount={inRange.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="time">
              {t('explore.time')}
            </th>
            {shown.map((one) => (
              <Heads key={one.key} one={one} card={cards.get(one.key)} compare={history.earlier && view.compare} />
            ))}
          </tr>
        </thead>
        <tbody>
          {space(first * ROW_PX)}
          {rows.map((w, i) => (
            <tr key={w} aria-rowindex={first + i + 2}>
              <th scope="row">
                <Num>{instantWords(begin + w * stepMs, language, stepMs < 60_000)}</Num>
              </th>
              {shown.map(({ key }) => (
                <Cells key={key} window={w} series={key} history={history} />
              ))}
            </tr>
          ))}
          {space((inRange.length - first - rows.length) * ROW_PX)}
        </tbody>
      </table>
    </section>
  )
}

interface HeadsProps {
  readonly one: Chosen
  readonly card: HistoryProps['cards'] extends ReadonlyMap<string, infer Card> ? Card | undefined : never
  readonly compare: 'day' | 'week' | undefined
}

function Heads({ one, card, compare }: HeadsProps) {
  const { t, language } = useWords()
  const words = typeof card === 'object' ? cardWords(card, language) : { title: one.key, where: '' }
  return (
    <>
      <th scope="col" className="n" title={words.where}>
        {one.letter} {words.title}
      </th>
      {compare && (
        <th scope="col" className="n">
          <span className="vh">{one.letter} </span>
          {t(`explore.before.${compare}`)}
        </th>
      )}
      <th scope="col">
        <span className="vh">{one.letter} </span>
        {t('explore.quality')}
      </th>
    </>
  )
}

function Cells({ window, series, history }: { window: number; series: string; history: History }) {
  const { t, language } = useWords()
  const { view, earlier, backMs } = history
  const one = view.series.find(({ key }) => key === series)!
  const pieces = figuresOf(view, one, window)
  const before = earlier && figuresAt(earlier, series, view.from + window * view.stepMs - backMs + 1)
  return (
    <>
      <td className="n">
        <Num>{valueWords(one, pieces, t)}</Num>
      </td>
      {earlier && (
        <td className="n soft">
          <Num>{before && before.mean !== null ? formatQuantity(before.mean, before.unit) : ''}</Num>
        </td>
      )}
      <td className="l">{listed(worthWords(pieces, t), language)}</td>
    </>
  )
}

/** The mean; both where the unit changed within the window. */
function valueWords(one: OneSeries, pieces: readonly Figures[], t: Translate): string {
  const said = pieces.flatMap(({ mean, from }) => (mean === null ? [] : formatQuantity(mean, unitAt(one, from))))
  const [first = '', second] = said
  return second === undefined ? first : t('explore.then', { one: first, two: second })
}

function worthWords(pieces: readonly Figures[], t: Translate): string[] {
  const count = pieces.reduce((n, piece) => n + piece.count, 0)
  const expected = pieces.some(({ coverage }) => coverage !== null)
  if (count === 0) return expected ? [t('explore.missing')] : []
  const least = Math.min(...pieces.map(({ coverage }) => coverage ?? 1))
  const partial = least < 1 && t('explore.partial', { share: `${formatNumber(least * 100)}${THIN_SPACE}%` })
  const doubtful = pieces.some(({ notGood }) => notGood > 0) && t('explore.doubtfulShort')
  const found = [partial, doubtful].filter((words) => typeof words === 'string')
  return found.length > 0 ? found : [t('explore.good')]
}
