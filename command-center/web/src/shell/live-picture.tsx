import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { fetchDistrict } from '../api/client.ts'
import { RecentEventsContext, useRecent } from '../events/use-events.ts'
import type { Feed } from '../live/feed.ts'
import {
  FeedContext,
  NowContext,
  RegistryContext,
  SituationContext,
  useAssessment,
  useThrottledView,
  useTicking,
  ViewContext,
} from '../live/hooks.ts'
import { openFeed } from '../live/open-feed.ts'
import { createRegistry, emptyRegistry, type Registry } from '../live/registry.ts'
import { type RequestState, useRequest } from '../ui/use-request.ts'

const DistrictContext = createContext<RequestState<Registry> | undefined>(undefined)

/** The request of what the district consists of; {@link useRegistry} is its answer. */
export function useDistrict(): RequestState<Registry> {
  const district = useContext(DistrictContext)
  if (!district) throw new Error('useDistrict outside of the shell')
  return district
}

/** Owns the one live connection, which lasts from screen to screen, and what everybody below knows by it. */
export function LivePicture({ children }: { readonly children: ReactNode }) {
  const [feed, setFeed] = useState<Feed>()
  useEffect(() => {
    const opened = openFeed()
    setFeed(opened)
    return () => opened.close()
  }, [])
  const district = useRequest('district', async (signal) => createRegistry(await fetchDistrict(signal)))
  const registry = district.data ?? emptyRegistry
  if (!feed) return null
  return (
    <FeedContext value={feed}>
      <DistrictContext value={district}>
        <RegistryContext value={registry}>
          <Picture feed={feed} registry={registry} onUnknownAsset={district.retry}>
            {children}
          </Picture>
        </RegistryContext>
      </DistrictContext>
    </FeedContext>
  )
}

interface PictureProps {
  readonly feed: Feed
  readonly registry: Registry
  onUnknownAsset(): void
  readonly children: ReactNode
}

/** Gives everybody below the same view, instant and picture of the situation. */
function Picture({ feed, registry, onUnknownAsset, children }: PictureProps) {
  const view = useThrottledView(feed)
  const now = useTicking(feed)
  const situation = useAssessment(feed, view, now, registry)
  const { series } = view.data
  const recent = useRecent()
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per index, or an asset nobody may see would ask for ever
  useEffect(() => {
    const unknown = series.some(({ assetId }) => assetId !== null && !registry.assetById.has(assetId))
    if (unknown && registry !== emptyRegistry) onUnknownAsset()
  }, [series])
  return (
    <ViewContext value={view}>
      <NowContext value={now}>
        <SituationContext value={situation}>
          <RecentEventsContext value={recent}>{children}</RecentEventsContext>
        </SituationContext>
      </NowContext>
    </ViewContext>
  )
}
