import type { EventView, LiveEvents } from '@quartier/contracts/api'
import { createContext, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { fetchEvents } from '../api/client.ts'
import { useFeed, useNow } from '../live/hooks.ts'
import { type EventFilter, merged, passes, queryOf } from './event-filter.ts'

/** What has happened lately; the map draws it. Replaced at most three times a second. */
export const RecentEventsContext = createContext<readonly EventView[]>([])
export const useRecentEvents = (): readonly EventView[] => useContext(RecentEventsContext)

/** How long an event stays on the map, platform ms at real speed. */
export const ON_MAP_MS = 15 * 60_000
const RECENT_MOST = 2000
const REFRESH_MS = 330
const LIST_MOST = 2000

/** Gathers what is pushed, after what the server still knows of the last minutes. */
export function useRecent(): readonly EventView[] {
  const feed = useFeed()
  const [events, setEvents] = useState<readonly EventView[]>([])
  useEffect(() => {
    let waiting: EventView[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = () => {
      timer = undefined
      const news = waiting
      waiting = []
      setEvents((before) => merged(news, before, RECENT_MOST))
    }
    const take = (news: readonly EventView[]) => {
      waiting.push(...news)
      timer ??= setTimeout(show, REFRESH_MS)
    }
    const stop = feed.events((news: LiveEvents) => take(news.events))
    const abort = new AbortController()
    const query = new URLSearchParams({ from: String(Math.round(feed.clock.now() - ON_MAP_MS)), limit: '1000' })
    fetchEvents(query, abort.signal).then(
      (page) => take(page.events),
      () => undefined, // the list says what is wrong; the map fills with what comes
    )
    return () => {
      stop()
      abort.abort()
      clearTimeout(timer)
    }
  }, [feed])
  return events
}

export interface EventList {
  readonly events: readonly EventView[]
  readonly loading: boolean
  readonly error: Error | undefined
  /** Older ones can be asked for. */
  readonly hasMore: boolean
  more(): void
  retry(): void
}

/** What the filter finds, with what comes in on top. */
export function useEventList(filter: EventFilter): EventList {
  const recent = useRecentEvents()
  const feed = useFeed()
  const [found, setFound] = useState<readonly EventView[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [state, setState] = useState<{ loading: boolean; error?: Error }>({ loading: true })
  const [attempt, setAttempt] = useState(0)
  const asking = useRef<AbortController>(undefined)
  const query = useRef(new URLSearchParams())

  const ask = (before: string | undefined) => {
    asking.current?.abort()
    const abort = new AbortController()
    asking.current = abort
    const one = new URLSearchParams(query.current)
    if (before !== undefined) one.set('before', before)
    setState({ loading: true })
    fetchEvents(one, abort.signal).then(
      (page) => {
        setFound((old) => (before === undefined ? page.events : merged(page.events, old, LIST_MOST)))
        setNext(page.next)
        setState({ loading: false })
      },
      (error: Error) => {
        if (!abort.signal.aborted) setState({ loading: false, error })
      },
    )
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: attempt asks again
  useEffect(() => {
    query.current = queryOf(filter, feed.clock.now())
    ask(undefined)
    return () => asking.current?.abort()
  }, [filter, attempt])

  const now = useNow()
  const events = useMemo(() => {
    const since = now - filter.spanMs
    const fresh = recent.filter((e) => passes(e, filter) && e.measuredAt >= since)
    return merged(fresh, found, LIST_MOST)
  }, [recent, found, filter, now])
  return {
    events,
    ...{ loading: state.loading, error: state.error },
    hasMore: next !== null && found.length < LIST_MOST,
    more: () => next !== null && ask(next),
    retry: () => setAttempt((n) => n + 1),
  }
}
