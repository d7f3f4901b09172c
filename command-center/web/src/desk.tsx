import type { SessionView } from '@quartier/contracts/api'
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { currentSession, fetchDistrict, signOut } from './api/client.ts'
import { useDeskKeys } from './desk-keys.ts'
import { select } from './desk-state.ts'
import { RecentEventsContext, useRecent } from './events/use-events.ts'
import { useWords } from './i18n/translate.ts'
import type { Feed } from './live/feed.ts'
import {
  FeedContext,
  NowContext,
  RegistryContext,
  SituationContext,
  useAssessment,
  useFeed,
  useLiveView,
  useThrottledView,
  useTicking,
  ViewContext,
} from './live/hooks.ts'
import { openFeed } from './live/open-feed.ts'
import { type Bounds, boundsOf, createRegistry, emptyRegistry, type Registry } from './live/registry.ts'
import { MapPanel } from './map/map-panel.tsx'
import { AttentionPanel } from './panels/attention/attention-panel.tsx'
import { CardPanel } from './panels/card/card-panel.tsx'
import { ConnectionNotice } from './panels/connection/connection-notice.tsx'
import { EventsPanel } from './panels/events/events-panel.tsx'
import { type ListName, ListTabs } from './panels/events/list-tabs.tsx'
import { HealthStrip } from './panels/health/health-strip.tsx'
import { HelpDialog } from './panels/help/help-dialog.tsx'
import { TopBar } from './panels/top-bar/top-bar.tsx'
import { errorWords } from './ui/error-words.ts'
import { PanelBoundary } from './ui/panel-boundary.tsx'
import { type RequestState, useRequest } from './ui/use-request.ts'
import { useTitle } from './ui/use-title.ts'
import './theme/desk.css'

const DevicesDialog = lazy(async () => ({
  default: (await import('./panels/devices/devices-dialog.tsx')).DevicesDialog,
}))
const MappingsDialog = lazy(async () => ({
  default: (await import('./panels/mappings/mappings-dialog.tsx')).MappingsDialog,
}))
const PeopleDialog = lazy(async () => ({ default: (await import('./panels/people/people-dialog.tsx')).PeopleDialog }))

interface Props {
  readonly session: SessionView
  onSignedOut(): void
}

/** The operator's desk: health, what needs a look, the map, the card. It owns the live connection. */
export default function Desk({ session, onSignedOut }: Props) {
  const [feed, setFeed] = useState<Feed>()
  useEffect(() => {
    const opened = openFeed()
    setFeed(opened)
    return () => opened.close()
  }, [])
  const district = useRequest('district', async (signal) => createRegistry(await fetchDistrict(signal)))
  if (!feed) return null
  return (
    <FeedContext value={feed}>
      <RegistryContext value={district.data ?? emptyRegistry}>
        <Live feed={feed} registry={district.data ?? emptyRegistry} onUnknownAsset={district.retry}>
          <DeskScreen session={session} district={district} onSignedOut={onSignedOut} />
        </Live>
      </RegistryContext>
    </FeedContext>
  )
}

interface LiveProps {
  readonly feed: Feed
  readonly registry: Registry
  onUnknownAsset(): void
  readonly children: ReactNode
}

/** Gives everybody below the same view, instant and picture of the situation. */
function Live({ feed, registry, onUnknownAsset, children }: LiveProps) {
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

/** Whether somebody may say who signs in, and how messages are read. */
const administers = ({ user }: SessionView): boolean => user.role === 'administrator' && user.zones.length === 0

/** Whether somebody may adopt devices. */
const adopts = ({ user }: SessionView): boolean =>
  (user.role === 'administrator' || user.role === 'operator') && user.zones.length === 0

const SECTIONS = ['list', 'map', 'card'] as const
type Section = (typeof SECTIONS)[number]

function DeskScreen({ session, district, onSignedOut }: Props & { district: RequestState<Registry> }) {
  const { t } = useWords()
  const registry = district.data ?? emptyRegistry
  const [table, setTable] = useState(false)
  const [list, setList] = useState<ListName>('attention')
  const [dialog, setDialog] = useState<'help' | 'people' | 'devices' | 'mappings'>()
  const [section, setSection] = useState<Section>('map')
  const [goal, setGoal] = useState<Bounds>()
  const onView = useWatchView()
  useSessionWatch(onSignedOut)
  useTitle(registry.district)

  const goTo = (placeId: string) => {
    const place = registry.placeById.get(placeId)
    if (!place) return
    setTable(false)
    setSection('map')
    setGoal(boundsOf(place.geometry))
  }
  useDeskKeys({
    toggleTable: () => setTable((on) => !on),
    toggleEvents: () => setList((shown) => (shown === 'events' ? 'attention' : 'events')),
    help: () => setDialog('help'),
    back: () => (table ? setTable(false) : select(undefined)),
  })
  useEffect(() => {
    const follow = () => location.hash && setSection('card')
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])

  const tabs = <ListTabs shown={list} onShow={setList} />
  return (
    <div className="desk" data-section={section}>
      <a className="skip" href="#list">
        {t('app.skip')}
      </a>
      <TopBar
        userName={session.user.displayName}
        onGoTo={goTo}
        onHelp={() => setDialog('help')}
        onDevices={adopts(session) ? () => setDialog('devices') : undefined}
        onMappings={administers(session) ? () => setDialog('mappings') : undefined}
        onPeople={administers(session) ? () => setDialog('people') : undefined}
        onSignOut={() => void signOut().then(onSignedOut, onSignedOut)}
      />
      <PanelBoundary className="health">
        <HealthStrip />
      </PanelBoundary>
      <PanelBoundary className="panel list">
        {list === 'attention' ? <AttentionPanel tabs={tabs} onGoTo={goTo} /> : <EventsPanel tabs={tabs} />}
      </PanelBoundary>
      <MapPanel
        registry={district.data}
        error={district.error && !district.data ? errorWords(district.error, t) : undefined}
        table={table}
        goal={goal}
        onTable={() => setTable(!table)}
        onRetry={district.retry}
        onView={onView}
      />
      <PanelBoundary className="panel card">
        <CardPanel />
      </PanelBoundary>
      <Dock section={section} onSection={setSection} />
      <ConnectionNotice />
      {dialog === 'help' && <HelpDialog onClose={() => setDialog(undefined)} />}
      {dialog === 'devices' && (
        <PanelBoundary>
          <Suspense fallback={null}>
            <DevicesDialog administers={administers(session)} onClose={() => setDialog(undefined)} />
          </Suspense>
        </PanelBoundary>
      )}
      {dialog === 'mappings' && (
        <PanelBoundary>
          <Suspense fallback={null}>
            <MappingsDialog onClose={() => setDialog(undefined)} />
          </Suspense>
        </PanelBoundary>
      )}
      {dialog === 'people' && (
        <PanelBoundary>
          <Suspense fallback={null}>
            <PeopleDialog onClose={() => setDialog(undefined)} />
          </Suspense>
        </PanelBoundary>
      )}
    </div>
  )
}

/** On a phone one section shows at a time. */
function Dock({ section, onSection }: { section: Section; onSection(section: Section): void }) {
  const { t } = useWords()
  return (
    <nav className="dock" aria-label={t('app.screens')}>
      {SECTIONS.map((one) => (
        <button key={one} type="button" aria-pressed={section === one} onClick={() => onSection(one)}>
          {t(`dock.${one}`)}
        </button>
      ))}
    </nav>
  )
}

const VIEW_SETTLES_MS = 400

/** When the server's limit leaves series out, what the map shows is watched instead of everything. */
function useWatchView(): (bounds: Bounds) => void {
  const feed = useFeed()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(
    (bounds: Bounds) => {
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        const { data } = feed.view()
        if (data.total > data.series.length || feed.watching().bbox) feed.watch({ bbox: [...bounds] })
      }, VIEW_SETTLES_MS)
    },
    [feed],
  )
}

/** Asks whether the session still stands when the server closed the connection on purpose. */
function useSessionWatch(onSignedOut: () => void): void {
  const { signedOut } = useLiveView()
  const latest = useRef(onSignedOut)
  latest.current = onSignedOut
  useEffect(() => {
    if (!signedOut) return
    currentSession().then(
      (session) => session ?? latest.current(),
      () => undefined,
    )
  }, [signedOut])
}
