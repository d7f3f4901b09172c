import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { fetchDistrict } from '../api/client.ts'
import { RecentEventsContext, useRecent } from '../events/use-events.ts'
import { AssetBookContext, useNewAssetBook } from '../live/assets.ts'
import type { Feed } from '../live/feed.ts'
import {
  FeedContext,
  NowContext,
  RegistryContext,
  SumsContext,
  useSumming,
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
  const book = useNewAssetBook()
  if (!feed) return null
  return (
    <FeedContext value={feed}>
      <DistrictContext value={district}>
        <RegistryContext value={district.data ?? emptyRegistry}>
          <AssetBookContext value={book}>
            <Picture feed={feed}>{children}</Picture>
          </AssetBookContext>
        </RegistryContext>
      </DistrictContext>
    </FeedContext>
  )
}

/** Gives everybody below the same view and instant. */
function Picture({ feed, children }: { readonly feed: Feed; readonly children: ReactNode }) {
  const view = useThrottledView(feed)
  const now = useTicking(feed)
  const sums = useSumming(view)
  const recent = useRecent()
  return (
    <ViewContext value={view}>
      <NowContext value={now}>
        <SumsContext value={sums}>
          <RecentEventsContext value={recent}>{children}</RecentEventsContext>
        </SumsContext>
      </NowContext>
    </ViewContext>
  )
}
