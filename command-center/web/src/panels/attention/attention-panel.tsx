import type { Attention, AttentionRow } from '@quartier/contracts/api'
import { isBlind, NEVER, SILENT, STATE_WORDS } from '@quartier/contracts/live'
import { memo, type ReactNode, useState } from 'react'
import { fetchAttention } from '../../api/client.ts'
import { select, useSelection } from '../../desk-state.ts'
import { formatAge, formatNumber } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { countedKind } from '../../i18n/vocabulary.ts'
import { useDistrictSums, useLiveView, useNow, useRegistry } from '../../live/hooks.ts'
import { Loading } from '../../ui/loading.tsx'
import { Num } from '../../ui/num.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { assetWords, formatReading, isDim, placeWords, troubleWords } from '../words.ts'
import { CoverageBars } from './coverage-bars.tsx'
import { FILTERS, type Filter, filterCounts, selectRows } from './select-rows.ts'
import { useMoreRows } from './use-more-rows.ts'
import './attention.css'

interface Props {
  readonly tabs: ReactNode
  onGoTo(placeId: string): void
}

/** What needs a look, most pressing first. Alarms come with their own rules; this is only what the readings say. */
export function AttentionPanel({ tabs, onGoTo }: Props) {
  const { t } = useWords()
  const { attention } = useLiveView()
  const [filter, setFilter] = useState<Filter>()
  return (
    <section id="list" className="panel list" aria-label={t('attention.title')}>
      {tabs}
      <Sums attention={attention} filter={filter} onFilter={(next) => setFilter(next === filter ? undefined : next)} />
      <div className="scroll" id="attention-rows" tabIndex={-1}>
        {attention ? <Rows attention={attention} filter={filter} /> : <Loading label={t('attention.loading')} />}
      </div>
      <CoverageBars onGoTo={onGoTo} />
    </section>
  )
}

interface SumsProps {
  readonly attention: Attention | undefined
  readonly filter: Filter | undefined
  onFilter(filter: Filter): void
}

function Sums({ attention, filter, onFilter }: SumsProps) {
  const { t } = useWords()
  const counts = attention && filterCounts(attention)
  return (
    <fieldset className="sums">
      <legend className="vh">{t('attention.filter')}</legend>
      {FILTERS.map((one) => (
        <button key={one} type="button" aria-pressed={filter === one} onClick={() => onFilter(one)}>
          <b>{counts ? <Num>{formatNumber(counts[one])}</Num> : ' '}</b>
          <span className="l">{t(`attention.${one}`)}</span>
        </button>
      ))}
    </fieldset>
  )
}

/** Drawn anew when the list is another, and not with every value that comes. */
const Rows = memo(function Rows({ attention, filter }: { attention: Attention; filter: Filter | undefined }) {
  const { t } = useWords()
  const { rows: all, left, more } = useMoreRows(attention)
  const rows = selectRows(all, filter)
  if (rows.length === 0 && left === 0) return <Empty attention={attention} />
  return (
    <>
      <ol className="rows">
        {rows.map((row) => (isFolded(row) ? <FoldedRow key={row.id} row={row} /> : <Row key={row.id} row={row} />))}
      </ol>
      {left > 0 && (
        <p className="more">
          <button type="button" className="btn" onClick={more}>
            {t('attention.moreLines', { n: formatNumber(left) })}
          </button>
        </p>
      )}
    </>
  )
})

function Empty({ attention }: { attention: Attention }) {
  const { t } = useWords()
  const sums = useDistrictSums()
  return (
    <p className="empty">
      <b>{t('attention.empty')}</b>
      <span className="soft">
        {t('attention.emptySub', { n: formatNumber((sums?.all ?? attention.counts)[0] ?? 0) })}
      </span>
    </p>
  )
}

/** Whether a line stands for many assets alike; a silent gateway is one thing, however much is behind it. */
export const isFolded = ({ assets, reading }: AttentionRow): boolean => assets > 1 && reading !== null

/** Many of one kind in one line; opened, each of them. */
function FoldedRow({ row }: { row: AttentionRow }) {
  const { t, language } = useWords()
  const { placeById } = useRegistry()
  const [open, setOpen] = useState(false)
  const count = formatNumber(row.assets)
  const kind = row.asset?.kind
  const zone = row.zoneId === null ? undefined : placeById.get(row.zoneId)
  return (
    <>
      <li>
        <button type="button" className="row" aria-expanded={open} data-row={row.id} onClick={() => setOpen(!open)}>
          <span className="ti" dir="auto">
            {troubleWords(row, t, language)}
          </span>
          <span className="v">{kind ? countedKind(kind, count, language) : t('attention.series', { n: count })}</span>
          <span className="sub" dir="auto">
            {zone ? nameIn(language, zone) : t('attention.series', { n: formatNumber(row.series) })}
          </span>
          <span className="age">{t(open ? 'attention.fold' : 'attention.unfold')}</span>
        </button>
      </li>
      {open && <Within row={row} />}
    </>
  )
}

const REFRESH_MS = 5000
const WITHIN_MOST = 200

/** The lines that one line stands for. */
function Within({ row }: { row: AttentionRow }) {
  const { t } = useWords()
  const query = new URLSearchParams({ within: row.id, limit: String(WITHIN_MOST) })
  const request = useRequest(row.id, (signal) => fetchAttention(query, signal), REFRESH_MS)
  if (request.loading) return <li className="within soft">{t('attention.loading')}</li>
  if (!request.data) {
    return (
      <li className="within" role="alert">
        {t('attention.error')}{' '}
        <button type="button" className="link" onClick={request.retry}>
          {t('state.retry')}
        </button>
      </li>
    )
  }
  const left = request.data.total - request.data.rows.length
  return (
    <>
      {request.data.rows.map((one) => (
        <Row key={one.id} row={one} />
      ))}
      {left > 0 && <li className="within soft">{t('attention.more', { n: formatNumber(left) })}</li>}
    </>
  )
}

function Row({ row }: { row: AttentionRow }) {
  const { t, language } = useWords()
  const now = useNow()
  const registry = useRegistry()
  const selection = useSelection()
  const { asset, reading, series } = row
  const state = STATE_WORDS.indexOf(row.state)
  const name = assetWords(asset, reading, language)
  const selected =
    selection?.type === 'series'
      ? selection.key === reading?.key
      : selection !== undefined && selection.id === asset?.id && (!reading || selection.type === 'asset')
  const open = () => {
    if (reading) select({ type: 'series', key: reading.key })
    else if (asset) select({ type: 'asset', id: asset.id })
  }
  return (
    <li>
      <button type="button" className="row" aria-current={selected || undefined} data-row={row.id} onClick={open}>
        <span className="ti" dir="auto">
          {troubleWords(row, t, language)}
        </span>
        <span className={`v ${isDim(state) ? 'dim' : ''}`}>
          <RowValue row={row} />
        </span>
        <span className="sub" dir="auto">
          {reading
            ? series > 1
              ? t('attention.withMore', { name, n: series - 1 })
              : name
            : placeWords(registry, asset?.placeId ?? null, language)}
        </span>
        <span className={`age ${isDim(state) ? 'strong' : ''}`}>
          {ageOf(row, now) && formatAge(ageOf(row, now)!, t)}
        </span>
      </button>
    </li>
  )
}

/** How old what the line shows is: its reading, or for how long nothing has been known. */
function ageOf({ state, reading, sinceAt }: AttentionRow, now: number): number | undefined {
  if (state === STATE_WORDS[NEVER]) return undefined
  const at = reading?.measuredAt ?? (isBlind(STATE_WORDS.indexOf(state)) ? sinceAt : undefined)
  return at === undefined ? undefined : now - at
}

function RowValue({ row: { state, series, reading } }: { row: AttentionRow }) {
  const { t } = useWords()
  if (!reading) return t('attention.blind', { n: formatNumber(series) })
  if (reading.value === null || state === STATE_WORDS[NEVER]) return null
  return <Num className={state === STATE_WORDS[SILENT] ? 'dim' : ''}>{formatReading(reading.value, reading, t)}</Num>
}
