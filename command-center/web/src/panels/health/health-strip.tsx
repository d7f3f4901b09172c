import { useWords } from '../../i18n/translate.ts'
import { useFeed, useLiveView, useNow } from '../../live/hooks.ts'
import { healthCells } from './cells.ts'
import './health.css'

/** Is the platform itself well? Seven figures, each a sentence when it is not. */
export function HealthStrip() {
  const { t } = useWords()
  const feed = useFeed()
  const platform = useLiveView().platform
  useNow()
  const cells = platform ? healthCells(platform, feed.delayP95(), t) : []
  return (
    <section className="health" aria-label={t('health.title')}>
      {cells.length === 0 && (
        <div>
          <span className="l">{t('health.title')}</span>
          <b className="mute">{t('health.noData')}</b>
        </div>
      )}
      {cells.map(({ id, label, value, aside, bad, optional }) => (
        <div key={id} data-cell={id} className={`${bad ? 'bad' : ''} ${optional ? 'opt' : ''}`}>
          <span className="l clip">{t(label)}</span>
          <b className="clip">
            <bdi>{value}</bdi>
            {aside && <span className="mute"> {aside}</span>}
          </b>
        </div>
      ))}
    </section>
  )
}
