import type { HealthView } from '@quartier/contracts/api'
import { formatNumber, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Num } from '../../ui/num.tsx'

const HEIGHT = 64
const STEP = 8

/** What arrives now, and how much it was in each minute of the last hour. */
export function Arriving({ rates }: { readonly rates: HealthView['rates'] }) {
  const { t } = useWords()
  const { readingsPerS, messagesPerS, readingsPerStep, from, stepMs } = rates
  // The minute that is not over yet would look like a fall.
  const whole = readingsPerStep.slice(0, -1)
  const counted = whole.filter((n) => n !== null)
  const most = Math.max(1, ...counted)
  const words =
    counted.length === 0
      ? t('platform.hourNone')
      : t('platform.hourWords', {
          min: formatNumber(Math.min(...counted)),
          max: formatNumber(Math.max(...counted)),
          n: String(counted.length),
        })
  return (
    <>
      <p className="now">
        <span className="val">
          <b>
            <Num>{formatNumber(readingsPerS, readingsPerS > 0 && readingsPerS < 9.95 ? 1 : 0)}</Num>
          </b>
          <i>{t('platform.perSecond')}</i>
        </span>
        <span className="soft">{t('platform.readingsNow')}</span>
        <span className="l">
          {t('platform.messagesNow', { n: formatNumber(messagesPerS, messagesPerS < 9.95 ? 1 : 0) })}
        </span>
      </p>
      <figure>
        <figcaption className="l">{t('platform.hour')}</figcaption>
        <svg
          className="bars"
          role="img"
          aria-label={words}
          viewBox={`0 0 ${whole.length * STEP} ${HEIGHT}`}
          preserveAspectRatio="none"
        >
          {whole.map((n, i) => (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: the minutes of an hour stay where they are
              key={i}
              className={n === null ? 'unknown' : 'bar'}
              x={i * STEP + 1}
              width={STEP - 2}
              y={n === null ? HEIGHT - 2 : HEIGHT - Math.max(1, (n / most) * HEIGHT)}
              height={n === null ? 2 : Math.max(1, (n / most) * HEIGHT)}
            />
          ))}
        </svg>
        <p className="axis" dir="ltr">
          <span>{formatTime(from)}</span>
          <span>{formatTime(from + whole.length * stepMs)}</span>
        </p>
        <p className="l">{words}</p>
      </figure>
    </>
  )
}
