import { fetchZones } from '../../api/client.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { Num } from '../../ui/num.tsx'
import { useRequest } from '../../ui/use-request.ts'

const REFRESH_MS = 5000

/** Per zone the share that reports as a thin line; what is blind swells to full height. */
export function CoverageBars({ onGoTo }: { onGoTo(placeId: string): void }) {
  const { t, language } = useWords()
  const { data } = useRequest('zones', fetchZones, REFRESH_MS)
  const zones = data?.zones.filter((zone) => zone.expected > 0) ?? []
  if (zones.length === 0) return null
  return (
    <div className="coverage">
      <h2 className="sec">
        {t('coverage.title')}
        <span className="end l">{t('coverage.key')}</span>
      </h2>
      <ul>
        {zones.map((zone) => {
          const share = reportingShare(zone.reporting, zone.expected)
          return (
            <li key={zone.zoneId} className="zone">
              <button
                type="button"
                className={share < 95 ? 'strong clip' : 'clip'}
                title={t('coverage.goTo', { zone: nameIn(language, zone) })}
                onClick={() => onGoTo(zone.zoneId)}
              >
                {nameIn(language, zone)}
              </button>
              <span className="cov">
                <span className="o" style={{ width: `${share}%` }} />
                {share < 100 && <span className="hatch" style={{ width: `${100 - share}%` }} />}
              </span>
              <span className="l">
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
