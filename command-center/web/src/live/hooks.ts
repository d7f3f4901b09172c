import { createContext, useContext, useEffect, useMemo, useState } from 'react'
import type { Feed, LiveView } from './feed.ts'
import { emptyRegistry, type Registry } from './registry.ts'
import { createSums, type DistrictSums } from './sums.ts'

export const FeedContext = createContext<Feed | undefined>(undefined)
export const ViewContext = createContext<LiveView | undefined>(undefined)
export const NowContext = createContext(0)
export const SumsContext = createContext<DistrictSums | undefined>(undefined)
export const RegistryContext = createContext<Registry>(emptyRegistry)

/** How often lists and figures follow the values. */
const REFRESH_MS = 330

export function useFeed(): Feed {
  const feed = useContext(FeedContext)
  if (!feed) throw new Error('useFeed outside of the shell')
  return feed
}

/** The feed's view as the lists show it: at most three times a second. */
export function useLiveView(): LiveView {
  const view = useContext(ViewContext)
  if (!view) throw new Error('useLiveView outside of the shell')
  return view
}

/** Platform time, once a second; ages count up with it even when nothing arrives. */
export const useNow = (): number => useContext(NowContext)

export const useRegistry = (): Registry => useContext(RegistryContext)

/** The sums of the whole district, whatever the map shows of it; `undefined` until its first values are here. */
export const useDistrictSums = (): DistrictSums | undefined => useContext(SumsContext)

/** Adds the district up for everybody below. */
export function useSumming({ tiles, loaded }: LiveView): DistrictSums | undefined {
  const sum = useMemo(createSums, [])
  const version = tiles.placesVersion
  return useMemo(() => (loaded ? sum(tiles.places, {}, version) : undefined), [sum, tiles, loaded, version])
}

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
