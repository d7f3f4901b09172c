import { lazy, Suspense, useEffect, useState } from 'react'
import { useSearch } from 'wouter'
import { useDeskKeys } from './desk-keys.ts'
import { changeDesk, readDesk, select, useSelection } from './desk-state.ts'
import { useWords } from './i18n/translate.ts'
import { FollowSelection } from './live/follow-selection.tsx'
import { useRegistry } from './live/hooks.ts'
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

const Wall = lazy(() => import('./wall/wall.tsx'))

const SECTIONS = ['list', 'map', 'card'] as const
type Section = (typeof SECTIONS)[number]

/** The operator's desk: health, what needs a look, the map, the card. */
export default function Desk() {
  const onWall = new URLSearchParams(useSearch()).has('wall')
  return (
    <FollowSelection>
      {onWall ? (
        <Suspense fallback={null}>
          <Wall />
        </Suspense>
      ) : (
        <DeskScreen />
      )}
    </FollowSelection>
  )
}

function DeskScreen() {
  const { t } = useWords()
  const registry = useRegistry()
  const district = useDistrict()
  const selection = useSelection()
  const [list, setList] = useState<ListName>('attention')
  const [section, setSection] = useState<Section>(selection ? 'card' : 'map')
  const [goal, setGoal] = useState<Bounds>()

  const goTo = (placeId: string) => {
    const place = registry.placeById.get(placeId)
    if (!place) return
    changeDesk({ table: false })
    setSection('map')
    setGoal(boundsOf(place.geometry))
  }
  usePlacesToShow(goTo)
  useDeskKeys({
    toggleTable: () => changeDesk({ table: !readDesk(location.hash).table }),
    toggleEvents: () => setList((shown) => (shown === 'events' ? 'attention' : 'events')),
    back: () => (readDesk(location.hash).table ? changeDesk({ table: false }) : select(undefined)),
  })
  useEffect(() => {
    if (selection) setSection('card')
  }, [selection])

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
        goal={goal}
        onRetry={district.retry}
        onGoTo={goTo}
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
