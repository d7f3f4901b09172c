import type { Geometry, Place } from '@quartier/contracts/schemas'
import { areaOf, corners, type Frame, inset, middle, type Rect, type Ring } from './frame.ts'
import { DEPTH, type Layout, type Lot, WIDTH } from './layout.ts'
import { BUILDING_NAMES, CAR_PARK_NAMES, DISTRICT_NAME } from './names.ts'
import { type StreetSegment, streetSegments } from './streets.ts'
import { type TramStop, tramLoop, tramStops } from './tram.ts'
import { bay, ellipse } from './water.ts'
import { ZONES, zoneAt, zoneRect } from './zones.ts'

/** Where equipment can stand: a place on the plan with the rectangles that belong to it. */
export interface Site {
  /** Beginning of the ids of what stands here: the place's id, or the tram stop's. */
  readonly id: string
  readonly placeId: string
  readonly zoneId: string
  readonly kind: 'building' | 'street' | 'square' | 'carpark' | 'stop'
  readonly name: string
  readonly nameAr: string
  readonly parts: readonly Rect[]
  readonly floors: number
  /** How much equipment it attracts: floor area of buildings, length of streets, area of the rest; metres. */
  readonly weight: number
}

export interface Ground {
  readonly places: readonly Place[]
  readonly sites: readonly Site[]
}

/** Every place of the district, parents first, and the sites for its equipment. */
export function createPlaces(layout: Layout, frame: Frame): Ground {
  const places: Place[] = []
  const sites: Site[] = []
  const add = (kind: Place['kind'], id: string, parentId: string | null, names: Names, geometry: Geometry, size = {}) =>
    places.push({ id, kind, parentId, ...names, geometry, heightM: 0, widthM: 0, ...size })
  const site = (kind: Site['kind'], id: string, zoneId: string, names: Names, parts: readonly Rect[], weight: number) =>
    sites.push({ id, placeId: id, zoneId, kind, ...named(names), parts, floors: 1, weight })

  add('district', 'naseem', null, DISTRICT_NAME, polygon(frame.ring(corners({ u0: 0, v0: 0, u1: WIDTH, v1: DEPTH }))))
  for (const zone of ZONES) {
    add('zone', zone.id, 'naseem', named(zone), polygon(frame.ring(corners(zoneRect(zone, layout)))))
  }
  add('water', 'wt-bay', 'naseem', { name: 'Naseem Bay', nameAr: 'خور النسيم' }, polygon(frame.ring(bay())))
  const streets = streetSegments(layout)
  for (const street of streets) {
    const line: Geometry = { type: 'LineString', coordinates: street.line.map(frame.place) }
    add('street', street.id, street.zoneId, named(street), line, { widthM: street.widthM })
    site('street', street.id, street.zoneId, street, [street.rect], street.length)
  }
  const { sidraSquare, lanternCourt, cisternGarden } = layout
  const open = [
    { id: 'sq-sidra', kind: 'square', area: sidraSquare, name: 'Sidra Square', nameAr: 'ساحة السدرة' },
    { id: 'sq-lantern', kind: 'square', area: lanternCourt, name: 'Lantern Court', nameAr: 'فناء الفانوس' },
    { id: 'pk-cistern', kind: 'park', area: cisternGarden, name: 'Cistern Garden', nameAr: 'حديقة البركة' },
  ] as const
  for (const { id, kind, area, name, nameAr } of open) {
    const zoneId = zoneAt(area.column, area.row)
    add(kind, id, zoneId, { name, nameAr }, polygon(frame.ring(corners(area.rect))))
    site('square', id, zoneId, { name, nameAr }, [inset(area.rect, 3)], areaOf(area.rect))
  }
  const pool = ellipse(middle(cisternGarden.rect), 13, 8)
  add('water', 'wt-cistern', 'pk-cistern', { name: 'The Cistern', nameAr: 'البركة' }, polygon(frame.ring(pool)))
  const tram: Geometry = { type: 'LineString', coordinates: tramLoop(layout).map(frame.place) }
  add('tramline', 'tr-loop', 'naseem', { name: 'Naseem Tram', nameAr: 'ترام النسيم' }, tram)
  sites.push(...tramStops(layout).map((stop) => stopSite(stop, streets, sites)))
  for (const [i, { rect, column, row }] of layout.carParks.entries()) {
    const names = CAR_PARK_NAMES[i]!
    add('carpark', `cp-${i + 1}`, zoneAt(column, row), names, polygon(frame.ring(corners(rect))))
    site('carpark', `cp-${i + 1}`, zoneAt(column, row), names, [inset(rect, 2)], areaOf(rect))
  }
  for (const [i, lot] of layout.lots.entries()) {
    const id = `b-${String(i + 1).padStart(3, '0')}`
    const zoneId = zoneAt(lot.column, lot.row)
    const names = BUILDING_NAMES[i + 1] ?? { name: `Building ${i + 1}`, nameAr: `المبنى ${i + 1}` }
    add('building', id, zoneId, names, footprint(lot, frame), { heightM: heightOf(lot) })
    const weight = lot.footprintM2 * lot.floors
    sites.push({ id, placeId: id, zoneId, kind: 'building', ...names, parts: lot.wings, floors: lot.floors, weight })
  }
  return { places, sites }
}

interface Names {
  readonly name: string
  readonly nameAr: string
}

const named = ({ name, nameAr }: Names): Names => ({ name, nameAr })

/** A platform of 24 × 3 m beside the place that the stop belongs to. */
function stopSite(stop: TramStop, streets: readonly StreetSegment[], sites: readonly Site[]): Site {
  const { beside } = stop
  const host =
    'square' in beside
      ? sites.find((s) => s.id === beside.square)!
      : streets.find((s) => s.name === beside.street && s.zoneId === beside.zoneId)!
  const [u, v] = stop.at
  const parts = [{ u0: u - 12, v0: v - 1.5, u1: u + 12, v1: v + 1.5 }]
  const names = { name: `${stop.name} tram stop`, nameAr: `محطة ترام ${stop.nameAr}` }
  return { id: stop.id, placeId: host.id, zoneId: host.zoneId, kind: 'stop', ...names, parts, floors: 1, weight: 1500 }
}

const polygon = (...rings: Ring[]): Geometry => ({ type: 'Polygon', coordinates: rings })

function footprint(lot: Lot, frame: Frame): Geometry {
  const outline = frame.ring(lot.outline)
  return lot.courtyard ? polygon(outline, frame.ring(lot.courtyard)) : polygon(outline)
}

const heightOf = (lot: Lot): number => Math.round((lot.floors * 3.8 + 1.8) * 10) / 10
