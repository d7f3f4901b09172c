import { formatSpan, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useLiveView, useNow } from '../../live/hooks.ts'
import './connection.css'

/** While nothing arrives: an ink frame round the window and the words of what is being seen. */
export function ConnectionNotice() {
  const { t } = useWords()
  const connection = useLiveView().connection
  useNow()
  if (connection.state !== 'disconnected') return <div role="status" className="vh" />
  const now = Date.now()
  const age = formatSpan(Math.max(1000, now - connection.since), t)
  const waitMs = connection.nextTryAt - now
  return (
    <>
      <div className="window-frame" aria-hidden="true" />
      <div className="connection" role="status">
        <b>{t('state.disconnected', { time: formatTime(connection.since, true) })}</b>{' '}
        {waitMs > 500
          ? t('state.disconnectedSub', { age, wait: formatSpan(waitMs, t) })
          : t('state.disconnectedTry', { age })}
      </div>
    </>
  )
}
