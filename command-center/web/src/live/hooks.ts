import type { PlatformView } from '@quartier/contracts/api'
import { createContext, useContext, useEffect, useMemo, useState } from 'react'
import type { Feed, LiveView } from './feed.ts'
import { emptyRegistry, type Registry } from './registry.ts'
import { assess, createTopology, type Situation, type Watching } from './situation.ts'

export const FeedContext = createContext<Feed | undefined>(undefined)
export const ViewContext = createContext<LiveView | undefined>(undefined)
export const NowContext = createContext(0)
export const RegistryContext = createContext<Registry>(emptyRegistry)
export const SituationContext = createContext<Situation | undefined>(undefined)

/** How often lists and figures follow the values. */
const REFRESH_MS = 330

export function useFeed(): Feed {
  const feed = useContext(FeedContext)
  if (!feed) throw new Error('useFeed outside of the desk')
  return feed
}

/** The feed's view as the lists show it: at most three times a second. */
export function useLiveView(): LiveView {
  const view = useContext(ViewContext)
  if (!view) throw new Error('useLiveView outside of the desk')
  return view
}

/** Platform time, once a second; ages count up with it even when nothing arrives. */
export const useNow = (): number => useContext(NowContext)

export const useRegistry = (): Registry => useContext(RegistryContext)

/** The picture of now; `undefined` until the first snapshot came. */
export const useSituation = (): Situation | undefined => useContext(SituationContext)

/** Follows the feed for everybody below, so that one message draws the lists at most once. */
export function useThrottledView(feed: Feed): LiveView {
  const [view, setView] = useState(() => feed.view())
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let shownAt = 0
    const show = () => {
      timer = undefined
      shownAt = performance.now()
      setView(feed.view())
    }
    const stop = feed.subscribe(() => {
      if (timer !== undefined) return
      const wait = REFRESH_MS - (performance.now() - shownAt)
      if (wait <= 0) show()
      else timer = setTimeout(show, wait)
    })
    show()
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [feed])
  return view
}

export function useTicking(feed: Feed): number {
  const [now, setNow] = useState(() => feed.clock.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(feed.clock.now()), 1000)
    return () => clearInterval(timer)
  }, [feed])
  return now
}

/** Judges all series again whenever values came, and once a second without: silence makes things stale. */
export function useAssessment(feed: Feed, view: LiveView, now: number, registry: Registry): Situation | undefined {
  const { data, loaded, version, platform } = view
  const topology = useMemo(() => createTopology(data.series, registry), [data.series, registry])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the arrays are written in place; version and now say when
  return useMemo(
    () => (loaded ? assess(data, registry, topology, feed.clock.now(), watchingOf(platform)) : undefined),
    [data, registry, topology, version, loaded, now, feed],
  )
}

/** Until the platform has told how it is, nothing that is silent counts. */
function watchingOf(platform: PlatformView | undefined): Watching {
  if (!platform) return { speed: 1, since: Number.POSITIVE_INFINITY }
  const { speed } = platform.clock
  return { speed, since: platform.at - platform.uptimeS * 1000 * speed }
}
