import { NEVER } from '@quartier/contracts/live'
import { Link } from 'wouter'
import { select } from '../../desk-state.ts'
import { formatAge, formatNumber, formatRange } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { craftName, isYesNo, kindName, propertyName } from '../../i18n/vocabulary.ts'
import type { Focus, FocusSeries } from '../../live/focus.ts'
import { useRegistry } from '../../live/hooks.ts'
import { placePath } from '../../live/registry.ts'
import { exploreLink } from '../../screens/explore/view.ts'
import { Num } from '../../ui/num.tsx'
import { Value } from '../../ui/value.tsx'
import {
  assetWords,
  formatReading,
  intervalWords,
  isBeyond,
  isDim,
  nounWords,
  placeWords,
  qualityWords,
} from '../words.ts'
import { Hangs } from './hangs.tsx'
import { LastEvents } from './last-events.tsx'
import { LastMessage } from './last-message.tsx'
import { PlaceLine } from './place-card.tsx'
import { Removed } from './removed.tsx'
import { SeriesTrend } from './series-trend.tsx'
import { Versions } from './versions.tsx'

/** What, where; value; a day; all its values; where it belongs. */
export function AssetCard({ focus }: { readonly focus: Focus }) {
  const { language, t } = useWords()
  const registry = useRegistry()
  const { asset, series, shown: one } = focus
  const kind = asset ? kindName(asset.kind, language) : t('kind.series')
  const where = asset ? placeWords(registry, asset.placeId, language) : ''
  return (
    <>
      <header className="card-head">
        <h2>{assetWords(asset, one, language)}</h2>
        <p className="soft">
          {[kind, where, asset && asset.level !== 0 ? t('card.level', { n: formatNumber(asset.level) }) : '']
            .filter(Boolean)
            .join(language === 'ar' ? '، ' : ', ')}
        </p>
      </header>
      <div className="scroll card-body">
        {one && <ShownValue series={one} />}
        {one && (
          <SeriesTrend key={one.key} series={one} value={one.value} name={propertyName(one.property, language)} />
        )}
        {series.length > 1 && <Siblings series={series} shown={one?.key} />}
        {one && (!asset || asset.kind === 'camera') && (
          <Removed key={`removed ${one.key}`} seriesKey={one.key} isCamera={asset !== undefined} />
        )}
        {focus.page && <Hangs topology={focus.page.topology} />}
        <Belongs focus={focus} />
        {asset && <LastEvents key={`events ${asset.id}`} assetId={asset.id} />}
        <Versions page={focus.page} seriesKey={one?.key} />
        {one && <LastMessage key={`message ${one.key}`} seriesKey={one.key} />}
      </div>
    </>
  )
}

function ShownValue({ series }: { series: FocusSeries }) {
  const { t, language } = useWords()
  const { value, state, ageMs, quality } = series
  const never = state === NEVER
  return (
    <div className="now">
      <div>
        <span className="l">{propertyName(series.property, language)}</span>
        <Value
          value={value}
          words={isYesNo(series.property) || series.unit === 's' ? formatReading(value, series, t) : undefined}
          unit={nounWords(value, series, t) ?? series.unit}
          stale={isDim(state) && !never}
          hero
        />
      </div>
      <dl className="facts">
        <dt>{t('card.validRange')}</dt>
        <dd className={isBeyond(state) ? 'strong' : ''}>
          <Num>{formatRange(series.validMin, series.validMax, series.unit) ?? t('card.noRange')}</Num>
        </dd>
        <dt>{t('card.ageQuality')}</dt>
        <dd>
          {never ? (
            t('card.neverReported')
          ) : (
            <>
              <span className={isDim(state) ? 'strong' : ''}>{formatAge(ageMs, t)}</span>
              {language === 'ar' ? '، ' : ', '}
              {qualityWords(quality, state, t)}
            </>
          )}
        </dd>
        <dt>{t('card.interval')}</dt>
        <dd>{intervalWords(series.intervalMs, t)}</dd>
      </dl>
    </div>
  )
}

function Siblings({ series, shown }: { series: readonly FocusSeries[]; shown: string | undefined }) {
  const { t, language } = useWords()
  return (
    <section>
      <h3 className="sec">
        {t('card.values')}
        <Link className="end link" href={exploreLink(series.map(({ key }) => key))}>
          {t('card.exploreAll')}
        </Link>
      </h3>
      <ul className="siblings">
        {series.map((one) => (
          <li key={one.key}>
            <button
              type="button"
              aria-current={one.key === shown || undefined}
              onClick={() => select({ type: 'series', key: one.key })}
            >
              <span className="clip">{propertyName(one.property, language)}</span>
              <span className={`v ${isDim(one.state) ? 'dim' : ''}`}>
                {Number.isNaN(one.value) ? t('card.noValue') : <Num>{formatReading(one.value, one, t)}</Num>}
              </span>
              <span className="age">{!Number.isNaN(one.value) && formatAge(one.ageMs, t)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Belongs({ focus: { asset, page, shown } }: { readonly focus: Focus }) {
  const { t, language } = useWords()
  const registry = useRegistry()
  const path = placePath(registry, asset?.placeId ?? null).reverse()
  const seriesKey = shown?.key
  return (
    <section className="belongs">
      <h3 className="sec">{t('card.where')}</h3>
      {!asset && <p className="part-state soft">{t('card.unregistered')}</p>}
      {path.length > 0 && (
        <ol className="path">
          {path.map((place) => (
            <PlaceLine key={place.id} place={place} />
          ))}
        </ol>
      )}
      <dl className="facts wide">
        {asset && (
          <>
            <dt>{t('card.criticality')}</dt>
            <dd>{t('card.ofFive', { n: asset.criticality })}</dd>
          </>
        )}
        {page?.asset.craft && (
          <>
            <dt>{t('card.craft')}</dt>
            <dd>{craftName(page.asset.craft, language)}</dd>
          </>
        )}
        {page?.asset.contractor && (
          <>
            <dt>{t('card.contractor')}</dt>
            <dd>{page.asset.contractor}</dd>
          </>
        )}
        {seriesKey && (
          <>
            <dt>{t('card.seriesKey')}</dt>
            <dd>
              <bdi className="code">{seriesKey}</bdi>
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}
