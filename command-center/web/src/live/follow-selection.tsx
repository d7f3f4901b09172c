import type { AssetPage } from '@quartier/contracts/api'
import { isBlind, judge, pressure, SILENT } from '@quartier/contracts/live'
import { type ReactNode, useEffect, useMemo, useRef } from 'react'
import { fetchAsset, RequestError } from '../api/client.ts'
import { type Selection as Selected, useSelection } from '../desk-state.ts'
import { useRequest } from '../ui/use-request.ts'
import { useAsset } from './assets.ts'
import type { LiveView } from './feed.ts'
import { type Focus, FocusContext, type FocusSeries, NO_FOCUS } from './focus.ts'
import { useFeed, useLiveView, useNow } from './hooks.ts'
import type { AssetNode } from './registry.ts'

type Selection = Exclude<Selected, { readonly type: 'place' }>

/** Follows what is selected for everybody below: its series, and what the registry says about it. */
export function FollowSelection({ children }: { readonly children: ReactNode }) {
  const selected = useSelection()
  // A place has no series of its own to follow: its card reads the district's sums.
  const selection = selected?.type === 'place' ? undefined : selected
  const view = useLiveView()
  const assetId = useFollowed(selection, view)
  const known = useAsset(assetId)
  const request = useRequest(assetId && `asset ${assetId}`, (signal) => fetchAsset(assetId!, signal))
  const gone = request.error instanceof RequestError && request.error.status === 404
  const focus = useFocused(selection, view, { assetId, known: known ?? undefined, page: request.data, gone })
  return <FocusContext value={focus}>{children}</FocusContext>
}

/** Asks for the series of what is selected. @returns the id of its asset, as soon as it is known */
function useFollowed(selection: Selection, { focus, focused }: LiveView): string | undefined {
  const feed = useFeed()
  const followed = useRef<string>(undefined)
  const own = selection?.type === 'series' ? focus.series.find(({ key }) => key === selection.key)?.assetId : undefined
  const assetId = selection?.type === 'asset' ? selection.id : (own ?? undefined)
  // A series is followed by its key until its asset is known, and then with all others of the asset.
  const name = !selection
    ? ''
    : assetId
      ? `asset ${assetId}`
      : `key ${selection.type === 'series' ? selection.key : ''}`
  const settled = focused || selection?.type !== 'series'
  useEffect(() => {
    if (followed.current === name || (name.startsWith('asset') && !settled)) return
    followed.current = name
    const rest = name.slice(name.indexOf(' ') + 1)
    if (name === '') feed.follow(undefined)
    else feed.follow(name.startsWith('asset') ? { assetIds: [rest] } : { keys: [rest] })
  }, [feed, name, settled])
  return assetId
}

interface Known {
  readonly assetId: string | undefined
  readonly known: AssetNode | undefined
  readonly page: AssetPage | undefined
  readonly gone: boolean
}

function useFocused(selection: Selection, view: LiveView, { assetId, known, page, gone }: Known): Focus {
  const now = useNow()
  const { focus: data, focused, version, attention } = view
  const behind = useMemo(() => {
    const silent = new Set(attention?.rows.filter(({ state }) => state === 'silent').map(({ asset }) => asset?.id))
    return silent.has(assetId) || (page?.topology.parents.some(({ id }) => silent.has(id)) ?? false)
  }, [attention, page, assetId])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the columns are written in place; version and now say when
  return useMemo(() => {
    if (!selection) return NO_FOCUS
    const places = data.series.flatMap(({ key, assetId: of }, i) => {
      const wanted = assetId ? of === assetId : selection.type === 'series' && key === selection.key
      return wanted ? [i] : []
    })
    if (places.length === 0 && !focused) return { ...NO_FOCUS, status: 'loading' }
    if (gone || (places.length === 0 && !assetId)) return { ...NO_FOCUS, status: 'gone' }
    if (assetId && !page && !known) return { ...NO_FOCUS, status: 'loading' }
    const series = places.map((i) => seriesAt(i, view, now, behind))
    const pressing = [...series].sort((a, b) => pressure(a.state) - pressure(b.state))[0]
    const shown = selection.type === 'series' ? series.find(({ key }) => key === selection.key) : pressing
    const zoneId = page?.zone?.id ?? null
    return { status: 'here', asset: page ? { ...page.asset, zoneId } : known, page, series, shown }
  }, [selection, data, focused, version, now, behind, assetId, known, page, gone])
}

/** One series as it is now. The server judges what is on the map; this is the same rule for the few that are followed. */
function seriesAt(i: number, { focus, platform }: LiveView, now: number, behind: boolean): FocusSeries {
  const series = focus.series[i]!
  const value = focus.value[i]!
  const measuredAt = focus.measuredAt[i]!
  const quality = focus.quality[i]!
  const ageMs = now - measuredAt
  const speed = platform?.clock.speed ?? 1
  const own = judge({
    value,
    ageMs,
    quality,
    intervalMs: series.intervalMs,
    validMin: series.validMin ?? Number.NaN,
    validMax: series.validMax ?? Number.NaN,
    listenedMs: platform ? now - platform.at + platform.uptimeS * 1000 * speed : 0,
    speed,
  })
  return { ...series, value, measuredAt, ageMs, quality, state: behind && isBlind(own) ? SILENT : own }
}
