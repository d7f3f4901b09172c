import type { SeriesState } from '@quartier/contracts/live'
import { SERIES_STATES } from '@quartier/contracts/live'
import { countIn, figuresOf, worstOf } from '../live/figures.ts'
import { middleOf, type Registry } from '../live/registry.ts'
import type { DistrictSums } from '../live/sums.ts'

/** Places that stand too close to be told apart, as one mark. */
export interface Cluster {
  readonly id: string
  readonly longitude: number
  readonly latitude: number
  /** Ids of places, the one that gives the mark its position first. */
  readonly places: readonly string[]
}

/** A cluster with its figures. */
export interface ClusterMark extends Cluster {
  /** Series in the states that are shown. */
  readonly series: number
  readonly total: number
  readonly reporting: number
  readonly waiting: number
  readonly worst: SeriesState
}

/** Discs of 30 px keep this distance from middle to middle, px. */
const DISTANCE_PX = 58
/** From farther away than this zoom a zone is one mark. */
export const ZONES_ZOOM = 14.8

/**
 * One cluster per place that has series; of places that would touch, the larger takes the smaller in. From afar one per
 * zone.
 * @param pixelsPerDegree how far apart a degree of longitude and of latitude are on the screen
 */
export function clusterPlaces(
  registry: Registry,
  sums: DistrictSums,
  byZone: boolean,
  pixelsPerDegree: readonly [number, number],
): Cluster[] {
  const all = sums.places.flatMap((id) => {
    const place = registry.placeById.get(id)
    const series = figuresOf(sums.place(id)!.counts).series
    return place && series > 0 ? [{ id, place, series }] : []
  })
  const groups = Map.groupBy(all, ({ id, place }) => (byZone ? (place.zoneId ?? id) : id))
  const sized = [...groups].map(([id, members]) => ({
    id,
    at: middleOf((registry.placeById.get(id) ?? members[0]!.place).geometry),
    places: members.map((member) => member.id),
    series: members.reduce((sum, member) => sum + member.series, 0),
  }))
  sized.sort((a, b) => b.series - a.series || (a.id < b.id ? -1 : 1))
  const clusters: { id: string; at: readonly [number, number]; places: string[] }[] = []
  for (const one of sized) {
    const near = clusters.find(
      ({ at }) =>
        Math.hypot((at[0] - one.at[0]) * pixelsPerDegree[0], (at[1] - one.at[1]) * pixelsPerDegree[1]) < DISTANCE_PX,
    )
    if (near) near.places.push(...one.places)
    else clusters.push({ ...one, places: [...one.places] })
  }
  return clusters.map(({ id, at, places }) => ({ id, longitude: at[0], latitude: at[1], places }))
}

const scratch = new Uint32Array(SERIES_STATES)

/** @param states one bit for each that is shown */
export function withFigures(cluster: Cluster, sums: DistrictSums, states: number): ClusterMark {
  scratch.fill(0)
  for (const id of cluster.places) {
    const counts = sums.place(id)?.counts
    for (let state = 0; counts && state < SERIES_STATES; state++) scratch[state] = scratch[state]! + counts[state]!
  }
  const { series: total, reporting, waiting } = figuresOf(scratch)
  return { ...cluster, series: countIn(scratch, states), total, reporting, waiting, worst: worstOf(scratch) }
}

export const sameMark = (a: ClusterMark | undefined, b: ClusterMark): boolean =>
  a !== undefined &&
  a.places === b.places &&
  a.series === b.series &&
  a.total === b.total &&
  a.reporting === b.reporting &&
  a.waiting === b.waiting &&
  a.worst === b.worst
