import { select } from '../../desk-state.ts'
import { formatAge, formatNumber, formatRange } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { craftName, isYesNo, kindName, propertyName } from '../../i18n/vocabulary.ts'
import { useNow } from '../../live/hooks.ts'
import { assetParents, placePath, type Registry } from '../../live/registry.ts'
import { NEVER, type Situation } from '../../live/situation.ts'
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
import type { Found } from './card-panel.tsx'
import { Removed } from './removed.tsx'
import { SeriesTrend } from './series-trend.tsx'

interface Props extends Found {
  readonly situation: Situation
  readonly registry: Registry
}

/** What, where; value; a day; all its values; where it belongs. */
export function AssetCard({ asset, series, shown, situation, registry }: Props) {
  const { language, t } = useWords()
  const one = situation.data.series[shown]
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
        {one && <ShownValue at={shown} situation={situation} />}
        {one && (
          <SeriesTrend
            key={one.key}
            series={one}
            value={situation.data.value[shown]!}
            name={propertyName(one.property, language)}
          />
        )}
        {series.length > 1 && <Siblings series={series} shown={shown} situation={situation} />}
        {one && (!asset || asset.kind === 'camera') && (
          <Removed key={`removed ${one.key}`} seriesKey={one.key} isCamera={asset !== undefined} />
        )}
        <Belongs asset={asset} registry={registry} seriesKey={one?.key} />
      </div>
    </>
  )
}

function ShownValue({ at, situation }: { at: number; situation: Situation }) {
  const { t, language } = useWords()
  const now = useNow()
  const { data, state } = situation
  const series = data.series[at]!
  const never = state[at] === NEVER
  return (
    <div className="now">
      <div>
        <span className="l">{propertyName(series.property, language)}</span>
        <Value
          value={data.value[at]!}
          words={
            isYesNo(series.property) || series.unit === 's' ? formatReading(data.value[at]!, series, t) : undefined
          }
          unit={nounWords(data.value[at]!, series, t) ?? series.unit}
          stale={isDim(state[at]!) && !never}
          hero
        />
      </div>
      <dl className="facts">
        <dt>{t('card.validRange')}</dt>
        <dd className={isBeyond(state[at]!) ? 'strong' : ''}>
          <Num>{formatRange(series.validMin, series.validMax, series.unit) ?? t('card.noRange')}</Num>
        </dd>
        <dt>{t('card.ageQuality')}</dt>
        <dd>
          {never ? (
            t('card.neverReported')
          ) : (
            <>
              <span className={isDim(state[at]!) ? 'strong' : ''}>{formatAge(now - data.measuredAt[at]!, t)}</span>
              {language === 'ar' ? '، ' : ', '}
              {qualityWords(data.quality[at]!, state[at]!, t)}
            </>
          )}
        </dd>
        <dt>{t('card.interval')}</dt>
        <dd>{intervalWords(series.intervalMs, t)}</dd>
      </dl>
    </div>
  )
}

function Siblings({ series, shown, situation }: { series: readonly number[]; shown: number; situation: Situation }) {
  const { t, language } = useWords()
  const now = useNow()
  const { data, state } = situation
  return (
    <section>
      <h3 className="sec">{t('card.values')}</h3>
      <ul className="siblings">
        {series.map((at) => {
          const { key, property } = data.series[at]!
          const value = data.value[at]!
          return (
            <li key={key}>
              <button
                type="button"
                aria-current={at === shown || undefined}
                onClick={() => select({ type: 'series', key })}
              >
                <span className="clip">{propertyName(property, language)}</span>
                <span className={`v ${isDim(state[at]!) ? 'dim' : ''}`}>
                  {Number.isNaN(value) ? t('card.noValue') : <Num>{formatReading(value, data.series[at]!, t)}</Num>}
                </span>
                <span className="age">{state[at] !== NEVER && formatAge(now - data.measuredAt[at]!, t)}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Belongs({ asset, registry, seriesKey }: { asset: Found['asset']; registry: Registry; seriesKey?: string }) {
  const { t, language } = useWords()
  const path = placePath(registry, asset?.placeId ?? null).reverse()
  const parents = asset ? assetParents(registry, asset) : []
  return (
    <section>
      <h3 className="sec">{t('card.where')}</h3>
      {!asset && <p className="part-state soft">{t('card.unregistered')}</p>}
      {path.length > 0 && (
        <ol className="path">
          {path.map((place) => (
            <li key={place.id}>
              {nameIn(language, place)} <span className="l">{t(`kind.${place.kind}`)}</span>
            </li>
          ))}
        </ol>
      )}
      <dl className="facts wide">
        {parents.length > 0 && (
          <>
            <dt>{t('card.fedBy')}</dt>
            <dd>
              {parents.map((parent) => (
                <button
                  key={parent.id}
                  type="button"
                  className="link"
                  onClick={() => select({ type: 'asset', id: parent.id })}
                >
                  {nameIn(language, parent)}
                </button>
              ))}
            </dd>
          </>
        )}
        {asset && (
          <>
            <dt>{t('card.criticality')}</dt>
            <dd>{t('card.ofFive', { n: asset.criticality })}</dd>
          </>
        )}
        {asset?.craft && (
          <>
            <dt>{t('card.craft')}</dt>
            <dd>{craftName(asset.craft, language)}</dd>
          </>
        )}
        {asset?.contractor && (
          <>
            <dt>{t('card.contractor')}</dt>
            <dd>{asset.contractor}</dd>
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
