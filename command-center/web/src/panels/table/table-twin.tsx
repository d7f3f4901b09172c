import { isBlind, NEVER, WAITING } from '@quartier/contracts/live'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { select, useSelection } from '../../desk-state.ts'
import { formatAge, formatNumber, formatSpan } from '../../i18n/format.ts'
import { nameIn, type Translate, useWords } from '../../i18n/translate.ts'
import { kindName, propertyName } from '../../i18n/vocabulary.ts'
import { useNow, useRegistry } from '../../live/hooks.ts'
import type { Bounds } from '../../live/registry.ts'
import { createSums } from '../../live/sums.ts'
import type { TileStore } from '../../live/tiles.ts'
import type { Passing } from '../../map/passing.ts'
import { SERVICE_LETTERS } from '../../map/service.ts'
import { Num } from '../../ui/num.tsx'
import { onPhone } from '../../ui/phone.ts'
import { assetWords, formatReading, isDim, placeWords, qualityWords, stateWords } from '../words.ts'
import { detailRows, inOrder, isMeasured, type PlaceRow, placeRows, type SensorRow, type TableRow } from './rows.ts'
import './table-twin.css'

const ROW_PX = 28
/** On a phone the second name stands below the first. */
const PHONE_ROW_PX = 48
const SPARE_ROWS = 8

interface Props {
  readonly tiles: TileStore
  readonly passing: Passing
  readonly bounds: Bounds | undefined
  onGoTo(placeId: string): void
}

/** What the map shows, as a table in the order of the list. Only the rows in sight are drawn. */
export function TableTwin({ tiles, passing, bounds, onGoTo }: Props) {
  const { t } = useWords()
  const scroller = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  useEffect(() => {
    // Asked for by its key: the arrows scroll it at once. A pressed button keeps the focus.
    if (!document.activeElement?.closest('button')) scroller.current?.focus()
  }, [])
  const order = useRows(tiles, passing, bounds)
  const rowPx = onPhone() ? PHONE_ROW_PX : ROW_PX
  const height = scroller.current?.clientHeight ?? 800
  const first = Math.max(0, Math.floor(top / rowPx) - SPARE_ROWS)
  const rows = order.slice(first, first + Math.ceil(height / rowPx) + 2 * SPARE_ROWS)
  const sensors = tiles.level === 'sensors'
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
        <table
          className="tbl"
          aria-label={t(`table.of.${tiles.level}`)}
          aria-rowcount={order.length + 1}
          onKeyDown={moveAlong}
        >
          <thead>
            <tr>
              <th scope="col">{t(tiles.level === 'district' ? 'table.place' : 'table.asset')}</th>
              <th scope="col">{t(sensors ? 'table.property' : 'table.kind')}</th>
              <th scope="col" className="n">
                {t(sensors ? 'table.value' : 'table.reporting')}
              </th>
              <th scope="col">{t(sensors ? 'table.age' : 'table.oldest')}</th>
              <th scope="col">{t(sensors ? 'table.quality' : 'table.state')}</th>
              <th scope="col">{t('table.place')}</th>
            </tr>
          </thead>
          <tbody>
            <Spacer height={first * rowPx} />
            {rows.map((row, i) => (
              <Row key={row.id} row={row} index={first + i + 2} onGoTo={onGoTo} />
            ))}
            <Spacer height={(order.length - first - rows.length) * rowPx} />
          </tbody>
        </table>
      )}
    </section>
  )
}

function useRows(tiles: TileStore, passing: Passing, bounds: Bounds | undefined): TableRow[] {
  const registry = useRegistry()
  const sum = useMemo(createSums, [])
  const { level, placesVersion, detailsVersion } = tiles
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tiles are written in place; their versions say when
  return useMemo(() => {
    const places = placeRows(registry, sum(tiles.places, passing, placesVersion), passing, bounds)
    if (level === 'district') return inOrder(places)
    return inOrder([...detailRows(tiles.details, passing, bounds), ...places.filter(isMeasured)])
  }, [tiles, level, placesVersion, detailsVersion, passing, bounds, registry, sum])
}

const Spacer = ({ height }: { height: number }) =>
  height > 0 ? (
    <tr className="spacer" style={{ height }}>
      <td colSpan={6} />
    </tr>
  ) : null

/** Up and down lead from row to row. */
function moveAlong(event: KeyboardEvent<HTMLTableElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('tbody .link')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  const next = buttons[at + (event.key === 'ArrowDown' ? 1 : -1)]
  if (at < 0 || !next) return
  event.preventDefault()
  next.focus()
}

interface RowProps {
  readonly row: TableRow
  readonly index: number
  onGoTo(placeId: string): void
}

function Row({ row, index, onGoTo }: RowProps) {
  const { t, language } = useWords()
  const registry = useRegistry()
  const selection = useSelection()
  const selected =
    (row.type === 'sensor' && selection?.type === 'series' && selection.key === row.id) ||
    (row.type === 'asset' && selection?.type === 'asset' && selection.id === row.id)
  const series = row.type === 'sensor' ? row.series : undefined
  const name = row.type === 'place' ? nameIn(language, row.place) : assetWords(row.asset, series, language)
  const second =
    row.type === 'sensor'
      ? propertyName(row.series.property, language)
      : row.type === 'asset'
        ? kindName(row.asset.kind, language)
        : t(`kind.${row.place.kind}`)
  const open = () => {
    if (row.type === 'place') onGoTo(row.id)
    else select(row.type === 'sensor' ? { type: 'series', key: row.id } : { type: 'asset', id: row.id })
  }
  return (
    <tr aria-rowindex={index} aria-selected={selected} data-state={row.state}>
      <td className="clip" dir="auto">
        <button
          type="button"
          className="link"
          aria-label={row.type === 'place' ? t('table.show', { name }) : undefined}
          onClick={open}
        >
          {name}
        </button>
        <span className="l clip on-phone">{second}</span>
      </td>
      <td className="clip">{second}</td>
      {row.type === 'sensor' ? <SensorCells row={row} /> : <RollupCells row={row} />}
      <td className="clip" dir="auto">
        {placeWords(registry, row.type === 'place' ? row.place.parentId : (row.asset?.placeId ?? null), language)}
      </td>
    </tr>
  )
}

function SensorCells({ row: { series, state, value, measuredAt, quality } }: { row: SensorRow }) {
  const { t } = useWords()
  const now = useNow()
  const dim = isDim(state)
  return (
    <>
      <td className={`n ${dim ? 'dim' : ''}`}>
        {Number.isNaN(value) ? t('card.noValue') : <Num>{formatReading(value, series, t)}</Num>}
      </td>
      <td className={`l ${isBlind(state) ? 'strong' : ''}`}>
        {state === NEVER || state === WAITING ? '' : formatAge(now - measuredAt, t)}
      </td>
      <td className="l clip">{qualityWords(quality, state, t)}</td>
    </>
  )
}

function RollupCells({ row }: { row: Exclude<TableRow, SensorRow> }) {
  const { t } = useWords()
  const now = useNow()
  const { state, series, reporting, oldestAt } = row
  const measure = row.type === 'place' ? measureWords(row, t) : ''
  return (
    <>
      <td className={`n ${isBlind(state) ? 'dim' : ''}`}>
        <Num>{`${formatNumber(reporting)} / ${formatNumber(series)}`}</Num>
      </td>
      <td className={`l ${isBlind(state) ? 'strong' : ''}`}>
        {Number.isNaN(oldestAt) ? t('is.never') : formatSpan(Math.max(1000, now - oldestAt), t)}
      </td>
      <td className="l clip">
        {measure && <b>{measure}, </b>}
        {stateWords(state, t)}
      </td>
    </>
  )
}

/** What the map writes on the place: its level of service, or how much of it is free. */
function measureWords({ service, freeShare }: PlaceRow, t: Translate): string {
  if (service > 0) return t('table.service', { letter: SERVICE_LETTERS[service] })
  return Number.isNaN(freeShare) ? '' : t('table.free', { n: formatNumber(Math.round(freeShare * 100)) })
}
