import { useMemo } from 'react'
import { fetchEvents } from '../../api/client.ts'
import { EventMark } from '../../events/event-mark.tsx'
import { eventDetails, eventName } from '../../i18n/event-words.ts'
import { formatAge, formatDate, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useFeed, useNow } from '../../live/hooks.ts'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'

const SHOWN = '6'
const SPAN_MS = 7 * 86_400_000
const REFRESH_MS = 30_000

/** What happened at an asset in the last week, the newest first. */
export function LastEvents({ assetId }: { readonly assetId: string }) {
  const { t, language } = useWords()
  const feed = useFeed()
  const now = useNow()
  const ask = (signal: AbortSignal) =>
    fetchEvents(
      new URLSearchParams({ assetId, limit: SHOWN, from: String(Math.round(feed.clock.now() - SPAN_MS)) }),
      signal,
    )
  const request = useRequest(`events ${assetId}`, ask, REFRESH_MS)
  const details = useMemo(
    () => new Map(request.data?.events.map((event) => [event.id, eventDetails(event, language, t)])),
    [request.data, language, t],
  )
  return (
    <section className="last-events">
      <h3 className="sec">{t('card.events')}</h3>
      <Asked request={request} what={t('events.error')}>
        {({ events }) =>
          events.length === 0 ? (
            <p className="part-state soft">{t('card.eventsNone')}</p>
          ) : (
            <ol>
              {events.map(({ id, kind, severity, measuredAt }) => (
                <li key={id}>
                  <EventMark kind={kind} severity={severity} />
                  <span>
                    {eventName(kind, language)}
                    {severity !== 'info' && <span className="l"> {t(`events.${severity}`)}</span>}
                    {details.get(id) && <bdi className="l details">{details.get(id)}</bdi>}
                  </span>
                  <time
                    className="age"
                    dateTime={new Date(measuredAt).toISOString()}
                    title={`${formatDate(measuredAt, language)} ${formatTime(measuredAt, true)}`}
                  >
                    {formatAge(now - measuredAt, t)}
                  </time>
                </li>
              ))}
            </ol>
          )
        }
      </Asked>
    </section>
  )
}
