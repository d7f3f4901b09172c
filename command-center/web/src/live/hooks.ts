import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { Feed, LiveView } from './feed.ts'
import { emptyRegistry, type Registry } from './registry.ts'
import { assess, createTopology, type Situation } from './situation.ts'

export const FeedContext = createContext<Feed | undefined>(undefined)
export const RegistryContext = createContext<Registry>(emptyRegistry)
export const SituationContext = createContext<Situation | undefined>(undefined)

/** How often lists and figures follow the values, times a second. */
const REFRESH_HZ = 3

export function useFeed(): Feed {
  const feed = useContext(FeedContext)
  if (!feed) throw new Error('useFeed outside of the desk')
  return feed
}

export const useRegistry = (): Registry => useContext(RegistryContext)

/** The picture of now; `undefined` until the first snapshot came. */
export const useSituation = (): Situation | undefined => useContext(SituationContext)

/** The feed's view, followed a few times a second. A part that needs less takes it through `select`. */
export function useLiveView<T>(select: (view: LiveView) => T): T {
  const feed = useFeed()
  const slow = useMemo(() => throttled(feed, 1000 / REFRESH_HZ), [feed])
  return useSyncExternalStore(slow.subscribe, () => select(slow.view()))
}

/** Platform time, once a second; ages count up with it even when nothing arrives. */
export function useNow(): number {
  const feed = useFeed()
  const [now, setNow] = useState(() => feed.clock.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(feed.clock.now()), 1000)
    return () => clearInterval(timer)
  }, [feed])
  return now
}

/** Judges all series again whenever values came, and once a second without: silence makes things stale. */
export function useAssessment(registry: Registry): Situation | undefined {
  const feed = useFeed()
  const data = useLiveView((view) => view.data)
  const version = useLiveView((view) => view.version)
  const loaded = useLiveView((view) => view.loaded)
  const now = useNow()
  const topology = useMemo(() => createTopology(data.series, registry), [data.series, registry])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the arrays are written in place; version and now say when
  return useMemo(
    () => (loaded ? assess(data, registry, topology, feed.clock.now()) : undefined),
    [data, registry, topology, version, loaded, now, feed],
  )
}

/** Keeps one view for `periodMs`, so that lists are not drawn again for every frame. */
function throttled(feed: Feed, periodMs: number) {
  let kept = feed.view()
  return {
    view: () => kept,
    subscribe(listener: () => void) {
      let timer: ReturnType<typeof setTimeout> | undefined
      let shownAt = 0
      const show = () => {
        timer = undefined
        shownAt = performance.now()
        kept = feed.view()
        listener()
      }
      const stop = feed.subscribe(() => {
        if (timer !== undefined) return
        const wait = periodMs - (performance.now() - shownAt)
        if (wait <= 0) show()
        else timer = setTimeout(show, wait)
      })
      return () => {
        stop()
        clearTimeout(timer)
      }
    },
  }
}
