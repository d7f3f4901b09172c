import { useEffect, useRef } from 'react'
import { navigate } from 'wouter/use-browser-location'

/** What stood behind the path of each screen when it was left: the view and the selection, to come back to. */
const left = new Map<string, string>()

/** Goes to another screen, to where it was left. */
export function goToScreen(path: string): void {
  if (location.pathname === path) return
  left.set(location.pathname, location.search + location.hash)
  navigate(path + (left.get(path) ?? ''))
}

/** Forgets where each screen was left, as when somebody else signs in. */
export const forgetTravels = (): void => left.clear()

type Show = (placeId: string) => void
const maps = new Set<Show>()
let wanted: string | undefined

/** Shows a place on the map, from whatever screen. */
export function showPlace(placeId: string): void {
  if (maps.size === 0) wanted = placeId
  for (const show of maps) show(placeId)
  goToScreen('/')
}

/** The map's side: called for every place that somebody wants to see, also for one that was asked for before it stood. */
export function usePlacesToShow(show: Show): void {
  const latest = useRef(show)
  latest.current = show
  useEffect(() => {
    const act: Show = (placeId) => latest.current(placeId)
    maps.add(act)
    if (wanted !== undefined) act(wanted)
    wanted = undefined
    return () => {
      maps.delete(act)
    }
  }, [])
}
