import type { HealthView, LatencyView } from '@quartier/contracts/api'
import { formatDelay, formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'

const HEIGHT = 64
const STEP = 24
const LABELLED = new Set([10, 100, 1000, 10_000])

/** How long readings of the last minute took, from the sensor and from the gateway. */
export function Delays({ latency }: { readonly latency: HealthView['latency'] }) {
  const { t } = useWords()
  return (
    <div className="pair">
      <Histogram title={t('platform.sensor')} boundsMs={latency.boundsMs} latency={latency.sensor} />
      <Histogram title={t('platform.receive')} boundsMs={latency.boundsMs} latency={latency.receive} />
    </div>
  )
}

interface Props {
  readonly title: string
  readonly boundsMs: readonly number[]
  readonly latency: LatencyView
}

function Histogram({ title, boundsMs, latency }: Props) {
  const { t } = useWords()
  const { total, counts, p50, p95, p99 } = latency
  const most = Math.max(1, ...counts)
  const words =
    total === 0 || p50 === null || p95 === null || p99 === null
      ? t('platform.delayNone')
      : t('platform.delayWords', {
          p50: formatDelay(p50),
          p95: formatDelay(p95),
          p99: formatDelay(p99),
          n: formatNumber(total),
        })
  return (
    <figure>
      <figcaption className="strong">{title}</figcaption>
      <svg
        className="bars"
        role="img"
        aria-label={`${title}. ${words}`}
        viewBox={`0 0 ${counts.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        {counts.map((n, i) => (
          <rect
            key={boundsMs[i] ?? 'more'}
            className="bar"
            x={i * STEP + 1.5}
            width={STEP - 3}
            y={n === 0 ? HEIGHT - 1 : HEIGHT - Math.max(2, (n / most) * HEIGHT)}
            height={n === 0 ? 1 : Math.max(2, (n / most) * HEIGHT)}
          />
        ))}
      </svg>
      <p className="axis bounds" dir="ltr" aria-hidden="true">
        {counts.map((_, i) => {
          const bound = boundsMs[i]
          const label = bound === undefined ? t('platform.delayMore') : LABELLED.has(bound) ? formatDelay(bound) : ''
          return <span key={bound ?? 'more'}>{label}</span>
        })}
      </p>
      <p className="l">{words}</p>
    </figure>
  )
}
