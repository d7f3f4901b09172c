import { useWords } from '../../i18n/translate.ts'
import { useFeed, useLiveView, useNow } from '../../live/hooks.ts'
import { onPhone } from '../../ui/phone.ts'
import { FIGURE_LABELS, healthCells, OPTIONAL } from './cells.ts'
import './health.css'

/** Is the platform itself well? Seven figures, each a sentence when it is not. */
export function HealthStrip() {
  const { t, language } = useWords()
  const feed = useFeed()
  const platform = useLiveView().platform
  useNow()
  const cells = platform ? healthCells(platform, feed.delayP95(), t, language) : []
  return (
    <section className="health" aria-label={t('health.title')} tabIndex={onPhone() ? 0 : undefined}>
      {cells.length === 0 && (
        <div>
          <span className="l">{t('health.title')}</span>
          <b className="mute">{t('health.noData')}</b>
        </div>
      )}
      {cells.map(({ id, value, aside, bad }) => (
        <div
          key={id}
          data-cell={id}
          className={`${bad ? 'bad' : ''} ${OPTIONAL.has(id) && !bad ? 'opt' : ''}`}
          title={t(`health.${id}.help`)}
        >
          <span className="l clip">{t(FIGURE_LABELS[id])}</span>
          <b className="clip">
            <bdi>{value}</bdi>
            {aside && (
              <span className="mute">
                {' '}
                <bdi>{aside}</bdi>
              </span>
            )}
          </b>
        </div>
      ))}
    </section>
  )
}
