import type { AttentionRow } from '@quartier/contracts/api'
import { isBlind, MEASURES, NEVER, STATE_WORDS, SYSTEMS, type System } from '@quartier/contracts/live'
import { formatDate, formatNumber, formatQuantity, formatSpan, formatTime, timeZone } from '../i18n/format.ts'
import { type MessageKey, nameIn, useWords } from '../i18n/translate.ts'
import { countedKind } from '../i18n/vocabulary.ts'
import { figuresOf } from '../live/figures.ts'
import { useDistrictSums, useLiveView, useNow, useRegistry } from '../live/hooks.ts'
import type { DistrictSums } from '../live/sums.ts'
import { MapPanel } from '../map/map-panel.tsx'
import { isFolded } from '../panels/attention/attention-panel.tsx'
import { reportingShare } from '../panels/attention/coverage-bars.tsx'
import { assetWords, formatReading, isDim, placeWords, troubleWords } from '../panels/words.ts'
import { useDistrict } from '../shell/live-picture.tsx'
import { Brand } from '../ui/brand.tsx'
import { errorWords } from '../ui/error-words.ts'
import { Num } from '../ui/num.tsx'
import { PanelBoundary } from '../ui/panel-boundary.tsx'
import './wall.css'

/** As many as can be read from the back of the room. */
const LINES = 7
const SYSTEM_TILES = 8
/** What a control room watches comes before what it only houses. */
const WATCHED: readonly System[] = [
  'traffic',
  'people',
  'parking',
  'cooling',
  'energy',
  'water',
  'environment',
  'network',
  ...SYSTEMS,
]

/** For the whole room: nothing to press, nothing scrolls, and everything stands where it stood yesterday. */
export default function Wall() {
  const { t } = useWords()
  const district = useDistrict()
  return (
    <div className="wall">
      <h1 className="vh">{t('wall.title')}</h1>
      <Head />
      <PanelBoundary className="wall-list">
        <Lines />
      </PanelBoundary>
      <MapPanel
        registry={district.data}
        error={district.error && !district.data ? errorWords(district.error, t) : undefined}
        goal={undefined}
        fixed
        onRetry={district.retry}
        onGoTo={() => {}}
      />
      <PanelBoundary className="wall-systems">
        <Systems />
      </PanelBoundary>
      <PanelBoundary className="wall-zones">
        <Zones />
      </PanelBoundary>
    </div>
  )
}

function Head() {
  const { t, language } = useWords()
  const { district } = useRegistry()
  const now = useNow()
  const sums = useDistrictSums()
  const figures = sums && figuresOf(sums.all)
  return (
    <header className="wall-head">
      <Brand size={48} />
      <b>Quartier</b>
      <span className="mute">{district && nameIn(language, district)}</span>
      {figures && (
        <span>{t('wall.reporting', { n: formatNumber(figures.reporting), total: formatNumber(figures.series) })}</span>
      )}
      <b className="wall-clock ltr num">{formatTime(now)}</b>
      <span className="l">
        {formatDate(now, language)}
        {language === 'ar' ? '، ' : ', '}
        <bdi>{timeZone()}</bdi>
      </span>
    </header>
  )
}

/** What needs a look, the most pressing first. */
function Lines() {
  const { t } = useWords()
  const { attention } = useLiveView()
  if (!attention) return <section className="wall-list" aria-label={t('attention.title')} />
  const left = attention.total - LINES
  return (
    <section className="wall-list" aria-label={t('attention.title')}>
      {attention.total === 0 && <p className="wall-line">{t('attention.empty')}</p>}
      <ol>
        {attention.rows.slice(0, LINES).map((row) => (
          <Line key={row.id} row={row} />
        ))}
      </ol>
      {left > 0 && <p className="wall-line soft">{t('wall.more', { n: formatNumber(left) })}</p>}
    </section>
  )
}

function Line({ row }: { row: AttentionRow }) {
  const { t, language } = useWords()
  const now = useNow()
  const registry = useRegistry()
  const { asset, assets, reading, series, sinceAt, state } = row
  const folded = isFolded(row)
  const number = STATE_WORDS.indexOf(state)
  const where = placeWords(registry, asset?.placeId ?? null, language)
  const value = reading?.value
  return (
    <li className="wall-line">
      <b>{troubleWords(row, t, language)}</b>
      <span className={isDim(number) ? 'mute' : ''}>
        {assets > 1 ? (
          asset && countedKind(asset.kind, formatNumber(assets), language)
        ) : reading && value != null && number !== NEVER ? (
          <Num>{formatReading(value, reading, t)}</Num>
        ) : (
          t('attention.blind', { n: formatNumber(series) })
        )}
      </span>
      <span className="soft">
        {folded ? '' : [reading ? assetWords(asset, reading, language) : '', where].filter(Boolean).join(' · ')}
      </span>
      <span className="l">{isBlind(number) && number !== NEVER && formatSpan(Math.max(1000, now - sinceAt), t)}</span>
    </li>
  )
}

/** One tile for each system that there is: its figure, and how much of it is seen. */
function Systems() {
  const { t } = useWords()
  const sums = useDistrictSums()
  const present = sums
    ? [...new Set(WATCHED)].filter((system) => figuresOf(sums.system(system)).series > 0).slice(0, SYSTEM_TILES)
    : []
  return (
    <section className="wall-systems" aria-label={t('map.layers')}>
      {present.map((system) => (
        <SystemTile key={system} system={system} sums={sums!} />
      ))}
    </section>
  )
}

function SystemTile({ system, sums }: { system: System; sums: DistrictSums }) {
  const { t } = useWords()
  const { series, reporting, abnormal, blind } = figuresOf(sums.system(system))
  const share = reportingShare(reporting, series)
  return (
    <div className="wall-system">
      <b>{t(`system.${system}`)}</b>
      <Figure system={system} value={sums.measure(system)} />
      <span className="cov" aria-hidden="true">
        <span className="o" style={{ width: `${share}%` }} />
        {blind > 0 && <span className="hatch" style={{ width: `${100 - share}%` }} />}
      </span>
      <span className="l">
        {[
          t('map.reporting', { n: formatNumber(reporting), total: formatNumber(series) }),
          abnormal > 0 ? t('wall.look', { n: formatNumber(abnormal) }) : '',
          blind > 0 ? t('wall.blind', { n: formatNumber(blind) }) : '',
        ]
          .filter(Boolean)
          .join(', ')}
      </span>
    </div>
  )
}

function Figure({ system, value }: { system: System; value: number }) {
  const { t } = useWords()
  const measure = MEASURES[system]
  if (!measure) return <span className="wall-figure" />
  if (Number.isNaN(value)) return <span className="wall-figure mute">{t('measure.none')}</span>
  const text = measure.kind === 'share' ? formatQuantity(value * 100, '%') : formatQuantity(value, measure.unit)
  return (
    <span className="wall-figure">
      <Num>{text}</Num> <span className="l">{t(`measure.${measure.name}` as MessageKey)}</span>
    </span>
  )
}

/** Zone by zone, how much of it is seen. */
function Zones() {
  const { t, language } = useWords()
  const { zones } = useRegistry()
  const sums = useDistrictSums()
  return (
    <section className="wall-zones" aria-label={t('wall.zones')}>
      {zones.map((zone) => {
        const found = sums?.zone(zone.id)
        if (!found) return null
        const { series, reporting, blind, abnormal } = figuresOf(found.counts)
        const share = reportingShare(reporting, series)
        return (
          <div key={zone.id} className="wall-zone">
            <b>{nameIn(language, zone)}</b>
            <span className="cov" aria-hidden="true">
              <span className="o" style={{ width: `${share}%` }} />
              {blind > 0 && <span className="hatch" style={{ width: `${100 - share}%` }} />}
            </span>
            <span className={blind > 0 ? 'strong' : 'l'}>
              {blind > 0
                ? t('wall.blind', { n: formatNumber(blind) })
                : abnormal > 0
                  ? t('wall.look', { n: formatNumber(abnormal) })
                  : t('wall.quiet')}
            </span>
          </div>
        )
      })}
    </section>
  )
}
