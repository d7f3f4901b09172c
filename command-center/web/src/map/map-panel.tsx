import { SYSTEMS } from '@quartier/contracts/live'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { changeDesk, useDesk } from '../desk-state.ts'
import { formatNumber } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import { countIn, figuresOf } from '../live/figures.ts'
import { useLiveView, useRegistry } from '../live/hooks.ts'
import { type Bounds, middleOf, type Registry } from '../live/registry.ts'
import { createSums } from '../live/sums.ts'
import type { TileStore } from '../live/tiles.ts'
import { TableTwin } from '../panels/table/table-twin.tsx'
import { Loading } from '../ui/loading.tsx'
import { PanelBoundary } from '../ui/panel-boundary.tsx'
import { countInView, TO_LOOK_AT } from './marks.ts'
import { inCircle, type Passing, passingOf, within } from './passing.ts'
import { MapTools } from './tools/map-tools.tsx'
import type { MapView } from './use-map.ts'
import './map.css'

const CityMap = lazy(() => import('./city-map.tsx'))

interface Props {
  readonly registry: Registry | undefined
  readonly error: string | undefined
  readonly goal: Bounds | undefined
  /** A wall: nothing to press, and nothing moves. */
  readonly fixed?: boolean
  onRetry(): void
  onGoTo(placeId: string): void
}

/** The map, or the same content as a table. */
export function MapPanel({ registry, error, goal, fixed = false, onRetry, onGoTo }: Props) {
  const { t } = useWords()
  const desk = useDesk()
  const { tiles, loaded } = useLiveView()
  const [view, setView] = useState<MapView>()
  const [choosing, setChoosing] = useState(false)
  const passing = usePassing()
  const figures = useInView(tiles, passing, view?.bounds, loaded)
  const home = registry?.bounds
  const table = desk.table && !fixed
  const chosen = useCallback((longitude: number, latitude: number) => {
    setChoosing(false)
    changeDesk({ circle: { longitude, latitude, radiusM: 100 } })
  }, [])
  const notice = useNotice(registry, tiles, passing)
  return (
    <main id="map" className="map" data-table={table} data-level={tiles.level} tabIndex={-1}>
      {error !== undefined && (
        <div className="panel-state" role="alert">
          <b>{t('map.error')}</b>
          <span className="soft">{error}</span>
          <button type="button" className="btn" onClick={onRetry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {error === undefined && !registry && <Loading label={t('map.loading')} />}
      {registry && !home && <p className="panel-state">{t('map.nothing')}</p>}
      {registry && home && (
        <PanelBoundary>
          <Suspense fallback={<Loading label={t('map.loading')} />}>
            <CityMap
              registry={registry}
              bounds={home}
              goal={goal}
              fixed={fixed}
              choosing={choosing}
              onView={setView}
              onSpot={chosen}
            />
          </Suspense>
        </PanelBoundary>
      )}
      {table && loaded && <TableTwin tiles={tiles} passing={passing} bounds={view?.bounds} onGoTo={onGoTo} />}
      {!fixed && (
        <div className="map-top">
          {!table && (
            <MapTools tiles={tiles} view={view} choosing={choosing} onChoose={setChoosing} figures={figures} />
          )}
          {notice && <p className="chip notice">{notice}</p>}
          <button
            type="button"
            className="btn twin"
            aria-pressed={table}
            aria-keyshortcuts="t"
            onClick={() => changeDesk({ table: !table })}
          >
            {figures && (
              <span className="wide">
                {t('map.inView', { n: formatNumber(figures.series), bad: formatNumber(figures.look) })}
              </span>
            )}
            {t(table ? 'map.map' : 'map.table')} <kbd>T</kbd>
          </button>
        </div>
      )}
    </main>
  )
}

/** What passes, the same object as long as it says the same. */
function usePassing(): Passing {
  const desk = useDesk()
  const { off, filter, circle } = desk
  // biome-ignore lint/correctness/useExhaustiveDependencies: the parts of the view that decide what passes
  return useMemo(() => passingOf(desk, SYSTEMS), [off.join(), JSON.stringify(filter), JSON.stringify(circle)])
}

/** What of the view cannot be shown as it was asked for, in a sentence. */
function useNotice(registry: Registry | undefined, tiles: TileStore, { kinds, properties }: Passing): string {
  const { t } = useWords()
  const undrawn = registry?.bounds && !registry.places.some(({ kind }) => kind === 'building' || kind === 'street')
  if (tiles.level === 'district' && (kinds || properties)) return t('map.nearerToFilter')
  if (tiles.level === 'assets' && properties) return t('map.nearerToFilter')
  if (tiles.coarsened) return t('map.coarsened')
  return undrawn ? t('map.noPlaces') : ''
}

/** How many series are in view, and how many of them need a look. */
function useInView(tiles: TileStore, passing: Passing, bounds: Bounds | undefined, loaded: boolean) {
  const registry = useRegistry()
  const sum = useMemo(createSums, [])
  const { level, placesVersion, detailsVersion } = tiles
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tiles are written in place; their versions say when
  return useMemo(() => {
    if (!loaded) return undefined
    if (level !== 'district') return countInView(tiles.details, passing, bounds)
    const sums = sum(tiles.places, passing, placesVersion)
    const counted = { series: 0, look: 0 }
    for (const id of sums.places) {
      const place = registry.placeById.get(id)
      const at = place && middleOf(place.geometry)
      if (!at || (bounds && !within(bounds, at[0], at[1]))) continue
      if (passing.circle && !inCircle(passing.circle, at[0], at[1])) continue
      const { counts } = sums.place(id)!
      counted.series += Math.min(countIn(counts, passing.states), figuresOf(counts).series)
      counted.look += countIn(counts, TO_LOOK_AT & passing.states)
    }
    return counted
  }, [tiles, level, placesVersion, detailsVersion, passing, bounds, registry, loaded, sum])
}
