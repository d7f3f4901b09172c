import { MEASURES, SYSTEMS, type System } from '@quartier/contracts/live'
import { select } from '../../desk-state.ts'
import { formatAge, formatNumber, formatQuantity } from '../../i18n/format.ts'
import { type MessageKey, nameIn, useWords } from '../../i18n/translate.ts'
import { type Figures, figuresOf } from '../../live/figures.ts'
import { useDistrictSums, useNow, useRegistry } from '../../live/hooks.ts'
import { type PlaceNode, placePath } from '../../live/registry.ts'
import { showPlace } from '../../shell/travel.ts'
import { Num } from '../../ui/num.tsx'
import { reportingShare } from '../attention/coverage-bars.tsx'

const WITHIN_MOST = 60

/** A zone, building or street: how much of it is seen, what stands for it, and what is in it. */
export function PlaceCard({ place }: { readonly place: PlaceNode }) {
  const { t, language } = useWords()
  const registry = useRegistry()
  const now = useNow()
  const sums = useDistrictSums()
  const found = place.kind === 'zone' ? sums?.zone(place.id) : sums?.place(place.id)
  const figures = found && figuresOf(found.counts)
  const around = placePath(registry, place.parentId).reverse()
  const within = registry.places.filter(({ parentId }) => parentId === place.id)
  return (
    <>
      <header className="card-head">
        <h2 dir="auto">{nameIn(language, place)}</h2>
        <p className="soft">{t(`kind.${place.kind}`)}</p>
      </header>
      <div className="scroll card-body">
        {figures && figures.series > 0 ? (
          <Coverage figures={figures} />
        ) : (
          place.kind !== 'district' && <p className="part-state soft">{t('card.placeNothing')}</p>
        )}
        {found && <Measures of={(system) => found.measure(system)} oldestMs={now - found.oldestAt} />}
        <p className="card-acts">
          <button type="button" className="btn" onClick={() => showPlace(place.id)}>
            {t('card.placeOnMap')}
          </button>
        </p>
        {around.length > 0 && (
          <section>
            <h3 className="sec">{t('card.where')}</h3>
            <ol className="path">
              {around.map((one) => (
                <PlaceLine key={one.id} place={one} />
              ))}
            </ol>
          </section>
        )}
        {within.length > 0 && (
          <section>
            <h3 className="sec">
              {t('card.placeWithin')}
              <span className="end l">{formatNumber(within.length)}</span>
            </h3>
            <ul className="path flat">
              {within.slice(0, WITHIN_MOST).map((one) => (
                <PlaceLine key={one.id} place={one} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </>
  )
}

/** One place of a path or list: leads to its card. */
export function PlaceLine({ place }: { readonly place: PlaceNode }) {
  const { t, language } = useWords()
  return (
    <li>
      <button
        type="button"
        className="link"
        dir="auto"
        onClick={() => {
          select({ type: 'place', id: place.id })
          showPlace(place.id)
        }}
      >
        {nameIn(language, place)}
      </button>{' '}
      <span className="l">{t(`kind.${place.kind}`)}</span>
    </li>
  )
}

/** The share that reports as a thin line; what is blind swells to full height. */
function Coverage({ figures: { series, reporting, blind, waiting, abnormal } }: { readonly figures: Figures }) {
  const { t } = useWords()
  const share = reportingShare(reporting, series)
  const awaited = Math.min(100 - share, Math.round((100 * waiting) / series))
  return (
    <div className="place-coverage">
      <p className="v">
        <Num>{`${share} %`}</Num>{' '}
        <span className="l">
          {t('card.placeCoverage', { n: formatNumber(reporting), total: formatNumber(series) })}
        </span>
      </p>
      <span className="cov" aria-hidden="true">
        <span className="o" style={{ width: `${share}%` }} />
        {awaited > 0 && <span style={{ width: `${awaited}%` }} />}
        {share + awaited < 100 && <span className="hatch" style={{ width: `${100 - share - awaited}%` }} />}
      </span>
      <p className="facts-line">
        {abnormal > 0 && <b>{t('card.placeAbnormal', { n: formatNumber(abnormal) })}</b>}
        {blind > 0 && <b>{t('card.placeBlind', { n: formatNumber(blind) })}</b>}
        {waiting > 0 && <span className="l">{t('coverage.waiting', { n: formatNumber(waiting) })}</span>}
      </p>
    </div>
  )
}

/** What stands for each system there. */
function Measures({ of, oldestMs }: { readonly of: (system: System) => number; readonly oldestMs: number }) {
  const { t } = useWords()
  const known = SYSTEMS.flatMap((system) => {
    const measure = MEASURES[system]
    const value = measure ? of(system) : Number.NaN
    return measure && !Number.isNaN(value) ? [{ system, measure, value }] : []
  })
  return (
    <dl className="facts wide">
      {known.map(({ system, measure, value }) => (
        <div key={system}>
          <dt>
            {t(`system.${system}` as MessageKey)}, {t(`measure.${measure.name}` as MessageKey)}
          </dt>
          <dd>
            <Num>
              {measure.kind === 'share' ? formatQuantity(value * 100, '%') : formatQuantity(value, measure.unit)}
            </Num>
          </dd>
        </div>
      ))}
      {!Number.isNaN(oldestMs) && (
        <div>
          <dt>{t('card.placeOldest')}</dt>
          <dd>{formatAge(oldestMs, t)}</dd>
        </div>
      )}
    </dl>
  )
}
