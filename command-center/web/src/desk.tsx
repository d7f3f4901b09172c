import { useCallback, useEffect, useRef, useState } from 'react'
import { useDeskKeys } from './desk-keys.ts'
import { select } from './desk-state.ts'
import { useWords } from './i18n/translate.ts'
import { useFeed, useRegistry } from './live/hooks.ts'
import { type Bounds, boundsOf } from './live/registry.ts'
import { MapPanel } from './map/map-panel.tsx'
import { AttentionPanel } from './panels/attention/attention-panel.tsx'
import { CardPanel } from './panels/card/card-panel.tsx'
import { EventsPanel } from './panels/events/events-panel.tsx'
import { type ListName, ListTabs } from './panels/events/list-tabs.tsx'
import { HealthStrip } from './panels/health/health-strip.tsx'
import { useDistrict } from './shell/live-picture.tsx'
import { usePlacesToShow } from './shell/travel.ts'
import { errorWords } from './ui/error-words.ts'
import { PanelBoundary } from './ui/panel-boundary.tsx'
import './theme/desk.css'

const SECTIONS = ['list', 'map', 'card'] as const
type Section = (typeof SECTIONS)[number]

/** The operator's desk: health, what needs a look, the map, the card. */
export default function Desk() {
  const { t } = useWords()
  const registry = useRegistry()
  const district = useDistrict()
  const [table, setTable] = useState(false)
  const [list, setList] = useState<ListName>('attention')
  const [section, setSection] = useState<Section>('map')
  const [goal, setGoal] = useState<Bounds>()
  const onView = useWatchView()

  const goTo = (placeId: string) => {
    const place = registry.placeById.get(placeId)
    if (!place) return
    setTable(false)
    setSection('map')
    setGoal(boundsOf(place.geometry))
  }
  usePlacesToShow(goTo)
  useDeskKeys({
    toggleTable: () => setTable((on) => !on),
    toggleEvents: () => setList((shown) => (shown === 'events' ? 'attention' : 'events')),
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
      <h1 className="vh" tabIndex={-1}>
        {t('screen.map')}
      </h1>
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
