import type { Layer } from '@deck.gl/core'
import type { Level } from '@quartier/contracts/live'
import type { Translate } from '../i18n/translate.ts'
import type { Registry } from '../live/registry.ts'
import { createSums, type DistrictSums } from '../live/sums.ts'
import type { TileStore } from '../live/tiles.ts'
import type { Palette } from '../theme/tokens.ts'
import { pixelsPerDegree } from './camera.ts'
import type { Chip, ValueBlock } from './chips.ts'
import { type Cluster, type ClusterMark, clusterPlaces, sameMark, withFigures, ZONES_ZOOM } from './clusters.ts'
import { chipsOf } from './furnishing.ts'
import { type Ground, groundOf, sameGround } from './ground.ts'
import { clusterLayers } from './layers/cluster-layers.ts'
import { type EventSpot, eventLayer } from './layers/event-layer.ts'
import { selectionLayer } from './layers/selection-layer.ts'
import { sensorLayers } from './layers/sensor-layers.ts'
import { type Thing, thingLayers } from './layers/thing-layers.ts'
import { createMarks, type NearMarks } from './marks.ts'
import type { Passing } from './passing.ts'
import type { Symbols } from './symbols.ts'
import { sameThings, thingsOf } from './things.ts'
import type { MapView } from './use-map.ts'
import { valueBlocks } from './values.ts'

/** All that decides what is drawn, besides what the tiles hold. */
export interface DrawingInput {
  readonly registry: Registry
  readonly passing: Passing
  readonly view: MapView
  readonly symbols: Symbols
  readonly palette: Palette
  readonly scale: number
  readonly selected: readonly [number, number] | undefined
  readonly spots: readonly EventSpot[]
  readonly t: Translate
  /** Platform time. */
  readonly now: number
}

/** What is drawn now. Parts that say the same as before stay the same objects. */
export interface Drawing {
  readonly level: Level
  readonly layers: readonly Layer[]
  readonly clusters: readonly ClusterMark[]
  readonly ground: Ground
  readonly chips: readonly Chip[]
  readonly values: readonly ValueBlock[]
  readonly sums: DistrictSums
}

/** Makes the drawing anew whenever tiles or input have changed, and of it only the parts that have. */
export function createDrawing(): (tiles: TileStore, input: DrawingInput) => Drawing {
  const sum = createSums()
  const gather = createMarks()
  const memo = createMemo()
  let marks: readonly ClusterMark[] = []
  let ground: Ground = []
  let things: readonly Thing[] = []
  return (tiles, input) => {
    const { registry, passing, view, symbols, palette, scale, selected, spots, t, now } = input
    const { level, placesVersion, detailsVersion } = tiles
    const far = level === 'district'
    const sums = memo('sums', [placesVersion, passing], () => sum(tiles.places, passing, placesVersion))
    const zoom = Math.round(view.zoom * 2) / 2
    const clusters = memo('clusters', [registry, zoom, passing, tiles.placesLoaded, sums.places.length], () =>
      clusterPlaces(registry, sums, view.zoom < ZONES_ZOOM, pixelsPerDegree(zoom, view.latitude)),
    )
    marks = memo('marks', [clusters, sums, passing.states, far], () =>
      figured(marks, far ? clusters : [], sums, passing.states),
    )
    ground = memo('ground', [registry, sums], () => unchanged(ground, groundOf(registry, sums), sameGround))
    const chips = memo('chips', [ground, sums, t], () => chipsOf(registry, sums, ground, t))
    const near: NearMarks = memo('near', [tiles.details, detailsVersion, passing], () =>
      gather(far ? [] : tiles.details, passing),
    )
    things = memo('things', [tiles.details, detailsVersion, passing, registry], () =>
      unchanged(things, far ? [] : thingsOf(tiles.details, passing, registry), sameThings),
    )
    const values = memo('values', [level, detailsVersion, passing, view, t, Math.floor(now / 1000)], () =>
      level === 'sensors' ? valueBlocks(tiles.details, passing, view.bounds, now, t) : [],
    )
    const layers = memo('layers', [far, marks, near, things, symbols, palette, scale, selected, spots], () => [
      ...memo('thing-layers', [things, symbols], () => thingLayers(things, symbols)),
      ...(far
        ? memo('cluster-layers', [marks, symbols, palette, scale], () => clusterLayers(marks, symbols, palette, scale))
        : memo('near-layers', [near, symbols, palette], () => sensorLayers(near, symbols, palette))),
      memo('events', [spots, symbols], () => eventLayer(spots, symbols)),
      memo('selection', [selected, far, symbols], () => selectionLayer(selected, far, symbols)),
    ])
    return { level, layers, clusters: marks, ground, chips, values, sums }
  }
}

function figured(
  before: readonly ClusterMark[],
  clusters: readonly Cluster[],
  sums: DistrictSums,
  states: number,
): readonly ClusterMark[] {
  const next = clusters.map((cluster) => withFigures(cluster, sums, states)).filter(({ series }) => series > 0)
  return unchanged(before, next, (a, b) => a.length === b.length && b.every((mark, i) => sameMark(a[i], mark)))
}

const unchanged = <T>(before: T, next: T, same: (a: T, b: T) => boolean): T => (same(before, next) ? before : next)

/** Keeps what was made under a name until something that it was made of is another. */
function createMemo() {
  const kept = new Map<string, { readonly of: readonly unknown[]; readonly made: unknown }>()
  return <T>(name: string, of: readonly unknown[], make: () => T): T => {
    const known = kept.get(name)
    if (known?.of.length === of.length && known.of.every((one, i) => Object.is(one, of[i]))) return known.made as T
    const made = make()
    kept.set(name, { of, made })
    return made
  }
}
