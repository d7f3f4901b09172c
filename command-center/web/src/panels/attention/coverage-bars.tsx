import { formatNumber } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { figuresOf } from '../../live/figures.ts'
import { useDistrictSums, useRegistry } from '../../live/hooks.ts'
import { Num } from '../../ui/num.tsx'

/** Per zone the share that reports as a thin line; what is blind swells to full height, what is awaited stays bare. */
export function CoverageBars({ onGoTo }: { onGoTo(placeId: string): void }) {
  const { t, language } = useWords()
  const { zones } = useRegistry()
  const sums = useDistrictSums()
  const known = zones.flatMap((zone) => {
    const found = sums?.zone(zone.id)
    const figures = found && figuresOf(found.counts)
    return figures && figures.series > 0 ? [{ zone, figures }] : []
  })
  if (known.length === 0) return null
  return (
    <div className="coverage">
      <h2 className="sec">
        {t('coverage.title')}
        <span className="end l">{t('coverage.key')}</span>
      </h2>
      <ul>
        {known.map(({ zone, figures: { series, reporting, blind, waiting } }) => {
          const share = reportingShare(reporting, series)
          const awaited = Math.min(100 - share, Math.round((100 * waiting) / series))
          const name = nameIn(language, zone)
          return (
            <li key={zone.id} className="zone" data-zone={zone.id}>
              <button
                type="button"
                className={share + awaited < 95 ? 'strong clip' : 'clip'}
                title={t('coverage.goTo', { zone: name })}
                aria-label={t('coverage.of', {
                  zone: name,
                  n: formatNumber(reporting),
                  total: formatNumber(series),
                  blind: formatNumber(blind),
                })}
                onClick={() => onGoTo(zone.id)}
              >
                {name}
              </button>
              <span
                className="cov"
                title={waiting > 0 ? t('coverage.waiting', { n: formatNumber(waiting) }) : undefined}
                aria-hidden="true"
              >
                <span className="o" style={{ width: `${share}%` }} />
                {awaited > 0 && <span style={{ width: `${awaited}%` }} />}
                {share + awaited < 100 && <span className="hatch" style={{ width: `${100 - share - awaited}%` }} />}
              </span>
              <span className="l" aria-hidden="true">
                <Num>{`${share} / ${100 - share} %`}</Num>
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** Whole percent; 100 only when nothing is missing, 0 only when all is. */
export function reportingShare(reporting: number, expected: number): number {
  const share = (100 * reporting) / expected
  if (share >= 100) return 100
  return share <= 0 ? 0 : Math.min(99, Math.max(1, Math.round(share)))
}
