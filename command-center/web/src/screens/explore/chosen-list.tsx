import { MapPin, X } from 'lucide-react'
import { select } from '../../desk-state.ts'
import { formatNumber, formatQuantity, formatTime, THIN_SPACE } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import { ICON } from '../../ui/icon.ts'
import { Num } from '../../ui/num.tsx'
import { type Figures, figuresAt } from './figures.ts'
import type { Change, Chosen } from './lanes.ts'
import type { Card, History } from './use-history.ts'
import type { ExploreView } from './view.ts'
import { cardWords, changeWords, instantWords, quantityWords } from './words.ts'

interface Props {
  readonly view: ExploreView
  readonly history: History | undefined
  readonly chosen: readonly Chosen[]
  readonly changes: readonly Change[]
  readonly cards: ReadonlyMap<string, Card>
  readonly lit: number | undefined
  readonly cursor: number | undefined
  onLight(series: number | undefined): void
  onRemove(key: string): void
}

/** What is shown, by letter, with what it measures at the cursor or measured last. */
export function ChosenList({ view, history, chosen, changes, cards, lit, cursor, onLight, onRemove }: Props) {
  const { t, language } = useWords()
  return (
    <aside className="chosen" aria-label={t('explore.chosen')}>
      <h2 className="sec">
        {t('explore.chosen')}
        <span className="end l">
          {cursor === undefined ? t('explore.newest') : t('explore.at', { time: instantWords(cursor, language) })}
        </span>
      </h2>
      <ul className="scroll">
        {chosen.map((one, i) => (
          <Row
            key={one.key}
            {...{ one, view, history, cursor }}
            card={cards.get(one.key) ?? 'asking'}
            changes={changes.filter(({ series }) => series === i)}
            isLit={lit === i}
            onLight={(on) => onLight(on ? i : undefined)}
            onRemove={() => onRemove(one.key)}
          />
        ))}
      </ul>
    </aside>
  )
}

interface RowProps extends Pick<Props, 'view' | 'history' | 'cursor'> {
  readonly one: Chosen
  readonly card: Card
  readonly changes: readonly Change[]
  readonly isLit: boolean
  onLight(on: boolean): void
  onRemove(): void
}

function Row({ one, view, card, history, cursor, changes, isLit, onLight, onRemove }: RowProps) {
  const { t, language } = useWords()
  const registry = useRegistry()
  const words = typeof card === 'object' ? cardWords(card, language) : { title: one.key, where: '' }
  const zoneName = (id: string) => {
    const zone = registry.placeById.get(id)
    return zone ? (language === 'ar' && zone.nameAr) || zone.name : id
  }
  return (
    <li data-series={one.key} data-lit={isLit || undefined}>
      <button
        type="button"
        className="letter"
        aria-pressed={isLit}
        aria-label={t('explore.light', { name: words.title })}
        title={t('explore.light', { name: words.title })}
        onClick={() => onLight(!isLit)}
      >
        {one.letter}
      </button>
      <div className="what">
        <b dir="auto">{words.title}</b>
        <span className="l" dir="auto">
          {words.where}
        </span>
      </div>
      <div className="acts">
        {typeof card === 'object' && (
          <button
            type="button"
            className="btn quiet"
            aria-label={t('explore.open', { name: words.title })}
            title={t('explore.open', { name: words.title })}
            onClick={() => select({ type: 'series', key: one.key })}
          >
            <MapPin {...ICON} />
          </button>
        )}
        <button
          type="button"
          className="btn quiet"
          aria-label={t('explore.remove', { name: words.title })}
          title={t('explore.remove', { name: words.title })}
          onClick={onRemove}
        >
          <X {...ICON} />
        </button>
      </div>
      {card === 'gone' && <p className="soft">{t('explore.gone')}</p>}
      {typeof card === 'object' && history && (
        <Values figures={figuresOf(history, one.key, cursor)} {...{ one, history, view, cursor }} />
      )}
      {changes.map((change) => (
        <p key={change.at} className="l">
          {changeWords(change, zoneName, t, language)}
        </p>
      ))}
    </li>
  )
}

type Found = (Figures & { readonly unit: string }) | undefined

/** At the cursor; without one, of the newest window that has any. */
function figuresOf({ view, to }: History, key: string, cursor: number | undefined): Found {
  if (cursor !== undefined) return figuresAt(view, key, cursor)
  const one = view.series.find((series) => series.key === key)
  const newest = one?.count.findLastIndex((n, w) => n > 0 && view.from + w * view.stepMs < to) ?? -1
  return newest < 0 ? undefined : figuresAt(view, key, view.from + (newest + 1) * view.stepMs - 1)
}

interface ValuesProps extends Pick<Props, 'view' | 'cursor'> {
  readonly one: Chosen
  readonly history: History
  readonly figures: Found
}

function Values({ one, view, history, figures, cursor }: ValuesProps) {
  const { t } = useWords()
  const { earlier, backMs } = history
  const before = earlier && figures && figuresAt(earlier, one.key, figures.from - backMs + 1)
  if (!figures) return <p className="soft">{t('explore.noReading')}</p>
  const { mean, min, max, count, notGood, coverage, unit, to } = figures
  const outside =
    mean !== null &&
    unit === one.unit &&
    ((one.validMax !== null && mean > one.validMax) || (one.validMin !== null && mean < one.validMin))
  const facts = [
    min !== null &&
      max !== null &&
      min !== max &&
      t('explore.spread', { min: formatQuantity(min, unit), max: formatQuantity(max, unit) }),
    count > 0 && t('explore.readings', { n: formatNumber(count) }),
    coverage !== null &&
      count > 0 &&
      coverage < 1 &&
      t('explore.coverage', { share: `${formatNumber(coverage * 100)}${THIN_SPACE}%` }),
    notGood > 0 && t('explore.doubtful', { n: formatNumber(notGood) }),
  ].filter((fact) => typeof fact === 'string')
  return (
    <div className="values">
      <span className={`v ${outside ? 'strong' : ''}`}>
        {mean === null ? (
          <span className="soft">{t('explore.noReading')}</span>
        ) : (
          <Num>{formatQuantity(mean, unit)}</Num>
        )}
      </span>
      {cursor === undefined && mean !== null && <Num className="age">{formatTime(Math.min(to, history.view.at))}</Num>}
      {view.compare && before && (
        <span className="l before">
          {t(`explore.before.${view.compare}`)}: <Num>{quantityWords(before.mean, before.unit, t)}</Num>
        </span>
      )}
      {facts.length > 0 && (
        <span className="l facts-line">
          {facts.map((fact) => (
            <bdi key={fact}>{fact}</bdi>
          ))}
        </span>
      )}
    </div>
  )
}
