import type { LiveSeries } from '@quartier/contracts/live'
import { lazy, Suspense, useMemo } from 'react'
import { Link } from 'wouter'
import { fetchWindows } from '../../api/client.ts'
import { formatQuantity, formatRange, formatSpan, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useFeed } from '../../live/hooks.ts'
import { exploreLink } from '../../screens/explore/view.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { DAY_MS, HOUR_MS, isYoung, sinceSameUnit, trendOf, trendStep } from './trend-data.ts'

const TrendChart = lazy(async () => ({ default: (await import('./trend-chart.tsx')).TrendChart }))
const REFRESH_MS = 30_000

/** The last 24 hours of a series, asked for anew every half minute. */
export function SeriesTrend({ series, value, name }: { series: LiveSeries; value: number; name: string }) {
  const { t } = useWords()
  const feed = useFeed()
  const request = useRequest(series.key, (signal) => fetchTrend(series, feed.clock.now(), signal), REFRESH_MS)
  const trend = useMemo(() => request.data && trendOf(request.data.view, request.data.now), [request.data])
  const changedAt = request.data ? sinceSameUnit(request.data.view) : 0
  const range = formatRange(series.validMin, series.validMax, series.unit)
  return (
    <section className="trend-part">
      <h3 className="sec">
        {t(request.data?.spanMs === HOUR_MS ? 'card.trendHour' : 'card.trend')}
        <span className="end l">
          {request.data && t('card.trendWindow', { step: formatSpan(request.data.view.stepMs, t) })}{' '}
          <Link className="link" href={exploreLink([series.key])}>
            {t('card.explore')}
          </Link>
        </span>
      </h3>
      {request.loading && <Loading label={t('card.trendLoading')} />}
      {request.error && !request.data && (
        <div className="part-state" role="alert">
          <b>{t('card.trendError')}</b>
          <span className="soft">{errorWords(request.error, t)}</span>
          <button type="button" className="btn" onClick={request.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {request.data && !trend && <p className="part-state soft">{t('card.trendEmpty')}</p>}
      {request.data && trend && (
        <Suspense fallback={<Loading label={t('card.trendLoading')} />}>
          <TrendChart
            trend={trend}
            unit={series.unit}
            validMin={series.validMin}
            validMax={series.validMax}
            now={request.data.now}
            spanMs={request.data.spanMs}
            height={190}
            label={t('card.trendLabel', {
              name,
              min: formatQuantity(trend.lowest, series.unit),
              max: formatQuantity(trend.highest, series.unit),
              now: Number.isNaN(value) ? t('card.noValue') : formatQuantity(value, series.unit),
            })}
          />
          <p className="l trend-key">
            {range && t('card.valid', { range })}
            {trend.gaps.length > 0 && ` ${t('card.trendGap')}`}
            {changedAt > request.data.view.from && ` ${t('card.trendUnit', { time: formatTime(changedAt) })}`}
          </p>
        </Suspense>
      )}
    </section>
  )
}

/** A day of windows; the last hour in finer ones where there is nothing older. @param now platform time, epoch ms */
async function fetchTrend(series: LiveSeries, now: number, signal: AbortSignal) {
  const span = async (spanMs: number) => {
    const step = trendStep(series.intervalMs, spanMs)
    const to = Math.ceil(now / step) * step
    return { now, spanMs, view: await fetchWindows(series.key, to - spanMs, to, step, signal) }
  }
  const day = await span(DAY_MS)
  return isYoung(day.view, now) ? span(HOUR_MS) : day
}
