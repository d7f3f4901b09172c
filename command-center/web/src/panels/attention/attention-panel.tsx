import { type ReactNode, useState } from 'react'
import { select, useSelection } from '../../desk-state.ts'
import { formatAge, formatNumber } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { countedKind } from '../../i18n/vocabulary.ts'
import { useNow, useSituation } from '../../live/hooks.ts'
import { type AttentionRow, NEVER, SILENT, type Situation } from '../../live/situation.ts'
import { Loading } from '../../ui/loading.tsx'
import { Num } from '../../ui/num.tsx'
import { assetWords, formatReading, isDim, placeWords, troubleWords } from '../words.ts'
import { CoverageBars } from './coverage-bars.tsx'
import { FILTERS, type Filter, filterCounts, ROWS_MAX, selectRows } from './select-rows.ts'
import './attention.css'

interface Props {
  readonly tabs: ReactNode
  onGoTo(placeId: string): void
}

/** What needs a look, most pressing first. Alarms come with their own rules; this is only what the readings say. */
export function AttentionPanel({ tabs, onGoTo }: Props) {
  const { t } = useWords()
  const situation = useSituation()
  const [filter, setFilter] = useState<Filter>()
  return (
    <section id="list" className="panel list" aria-label={t('attention.title')}>
      {tabs}
      <Sums situation={situation} filter={filter} onFilter={(next) => setFilter(next === filter ? undefined : next)} />
      <div className="scroll" id="attention-rows" tabIndex={-1}>
        {situation ? <Rows situation={situation} filter={filter} /> : <Loading label={t('attention.loading')} />}
      </div>
      <CoverageBars onGoTo={onGoTo} />
    </section>
  )
}

interface SumsProps {
  readonly situation: Situation | undefined
  readonly filter: Filter | undefined
  onFilter(filter: Filter): void
}

function Sums({ situation, filter, onFilter }: SumsProps) {
  const { t } = useWords()
  const counts = situation && filterCounts(situation)
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

function Rows({ situation, filter }: { situation: Situation; filter: Filter | undefined }) {
  const { t } = useWords()
  const rows = selectRows(situation, filter)
  if (rows.length === 0) {
    return (
      <p className="empty">
        <b>{t('attention.empty')}</b>
        <span className="soft">{t('attention.emptySub', { n: formatNumber(situation.counts[0]!) })}</span>
      </p>
    )
  }
  return (
    <>
      <ol className="rows">
        {rows
          .slice(0, ROWS_MAX)
          .map((row) =>
            row.folded ? (
              <FoldedRow key={row.id} row={row} folded={row.folded} situation={situation} />
            ) : (
              <Row key={row.id} row={row} situation={situation} />
            ),
          )}
      </ol>
      {rows.length > ROWS_MAX && (
        <p className="more soft">{t('attention.more', { n: formatNumber(rows.length - ROWS_MAX) })}</p>
      )}
    </>
  )
}

interface FoldedProps {
  readonly row: AttentionRow
  readonly folded: readonly AttentionRow[]
  readonly situation: Situation
}

/** Many of one kind in one line; opened, each of them. */
function FoldedRow({ row, folded, situation }: FoldedProps) {
  const { t, language } = useWords()
  const [open, setOpen] = useState(false)
  const { assets } = situation.registry
  const count = formatNumber(folded.length)
  const kind = assets[row.asset]?.kind
  const zones = new Set(folded.map(({ asset }) => assets[asset]?.zoneId ?? null))
  const zone = zones.size === 1 ? situation.registry.placeById.get([...zones][0] ?? '') : undefined
  return (
    <>
      <li>
        <button type="button" className="row" aria-expanded={open} data-row={row.id} onClick={() => setOpen(!open)}>
          <span className="ti" dir="auto">
            {troubleWords(row, situation, t, language)}
          </span>
          <span className="v">{kind ? countedKind(kind, count, language) : t('attention.series', { n: count })}</span>
          <span className="sub" dir="auto">
            {zone ? nameIn(language, zone) : zones.size > 1 && t('attention.zones', { n: zones.size })}
          </span>
          <span className="age">{t(open ? 'attention.fold' : 'attention.unfold')}</span>
        </button>
      </li>
      {open && folded.slice(0, ROWS_MAX).map((one) => <Row key={one.id} row={one} situation={situation} />)}
    </>
  )
}

function Row({ row, situation }: { row: AttentionRow; situation: Situation }) {
  const { t, language } = useWords()
  const now = useNow()
  const selection = useSelection()
  const asset = situation.registry.assets[row.asset]
  const series = situation.data.series[row.series]
  const name = assetWords(asset, series, language)
  const selected =
    selection?.type === 'series' ? selection.key === series?.key : row.series < 0 && selection?.id === asset?.id
  const open = () => {
    if (series) select({ type: 'series', key: series.key })
    else if (asset) select({ type: 'asset', id: asset.id })
  }
  return (
    <li>
      <button type="button" className="row" aria-current={selected || undefined} data-row={row.id} onClick={open}>
        <span className="ti" dir="auto">
          {troubleWords(row, situation, t, language)}
        </span>
        <span className={`v ${isDim(row.state) ? 'dim' : ''}`}>
          <RowValue row={row} situation={situation} />
        </span>
        <span className="sub" dir="auto">
          {row.state === SILENT
            ? placeWords(situation.registry, asset?.placeId ?? null, language)
            : row.count > 1
              ? t('attention.withMore', { name, n: row.count - 1 })
              : name}
        </span>
        <span className={`age ${isDim(row.state) ? 'strong' : ''}`}>
          {row.series >= 0 && row.state !== NEVER && formatAge(now - situation.data.measuredAt[row.series]!, t)}
        </span>
      </button>
    </li>
  )
}

function RowValue({ row, situation }: { row: AttentionRow; situation: Situation }) {
  const { t } = useWords()
  if (row.state === SILENT) return t('attention.blind', { n: formatNumber(row.count) })
  if (row.state === NEVER) return null
  return <Num>{formatReading(situation.data.value[row.series]!, situation.data.series[row.series]!, t)}</Num>
}
