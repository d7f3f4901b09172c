import type { Random } from '../random.ts'
import { inset, type Rect } from './frame.ts'
import { createShape, type Shape } from './shapes.ts'

export const WIDTH = 640
export const DEPTH = 485
const COLUMNS = 7
const ROWS = 4

/** Streets that run north, from west to east, and east, from south to north; `widthM` from wall to wall. */
export const NORTHWARD = [
  { id: 'harbour', name: 'Harbour Road', nameAr: 'طريق الميناء', widthM: 12 },
  { id: 'mortar', name: 'Mortar Street', nameAr: 'شارع الجص', widthM: 14 },
  { id: 'loom', name: 'Loom Street', nameAr: 'شارع النول', widthM: 8 },
  { id: 'reed', name: 'Reed Lane', nameAr: 'سكة القصب', widthM: 7 },
  { id: 'indigo', name: 'Indigo Lane', nameAr: 'سكة النيلة', widthM: 8 },
  { id: 'pearl', name: 'Pearl Street', nameAr: 'شارع اللؤلؤ', widthM: 12 },
  { id: 'copper', name: 'Copper Street', nameAr: 'شارع النحاس', widthM: 14 },
  { id: 'sail', name: 'Sail Road', nameAr: 'طريق الشراع', widthM: 12 },
] as const
export const EASTWARD = [
  { id: 'jasmine', name: 'Jasmine Road', nameAr: 'طريق الياسمين', widthM: 12 },
  { id: 'dhow', name: 'Dhow Street', nameAr: 'شارع المحامل', widthM: 15 },
  { id: 'falaj', name: 'Falaj Street', nameAr: 'شارع الفلج', widthM: 12 },
  { id: 'saffron', name: 'Saffron Street', nameAr: 'شارع الزعفران', widthM: 15 },
  { id: 'corniche', name: 'Corniche Road', nameAr: 'طريق الكورنيش', widthM: 12 },
] as const

/** One building on the plan. */
export interface Lot extends Shape {
  readonly column: number
  readonly row: number
  readonly floors: number
}
export interface Area {
  readonly rect: Rect
  readonly column: number
  readonly row: number
}
/** The whole plan, in metres. Column 0 is west, row 0 is south. */
export interface Layout {
  /** Centre lines of the streets. */
  readonly streetU: readonly number[]
  readonly streetV: readonly number[]
  readonly lots: readonly Lot[]
  readonly sidraSquare: Area
  readonly lanternCourt: Area
  readonly cisternGarden: Area
  readonly carParks: readonly Area[]
}

/** Blocks between the streets; in most of them four buildings with lanes between them. */
export function createLayout(random: Random): Layout {
  const u = blocks(WIDTH, COLUMNS, NORTHWARD, random)
  const v = blocks(DEPTH, ROWS, EASTWARD, random)
  const cell = (column: number, row: number): Rect => {
    const [u0, u1] = u.spans[column]!
    const [v0, v1] = v.spans[row]!
    return { u0, v0, u1, v1 }
  }
  const area = (column: number, row: number, rect = cell(column, row)): Area => ({ rect, column, row })
  const court = cell(4, 1)
  const courtTop = court.v0 + (court.v1 - court.v0) * random.between(0.58, 0.64)
  const lots: Lot[] = []
  const carParks: Area[] = []
  for (let row = ROWS - 1; row >= 0; row--) {
    for (let column = 0; column < COLUMNS; column++) {
      if (isOpen(column, row)) continue
      const split = column === 4 && row === 1 ? [2, 1] : row === 1 && (column === 2 || column === 3) ? [2, 3] : [2, 2]
      const ground = column === 4 && row === 1 ? { ...court, v0: courtTop + 4 } : cell(column, row)
      const parcels = parcel(ground, split[0]!, split[1]!, random)
      if (CAR_PARKS.has(`${column},${row}`)) carParks.push(area(column, row, inset(parcels.pop()!, 2)))
      if (MERGED.has(`${column},${row}`)) merge(parcels)
      for (const rect of parcels) {
        lots.push({ ...createShape(inset(rect, 1.5), random), column, row, floors: floorsAt(column, row, random) })
      }
    }
  }
  const square = { ...cell(2, 2), u1: cell(3, 2).u1 }
  return {
    streetU: u.centres,
    streetV: v.centres,
    lots,
    sidraSquare: area(2, 2, square),
    lanternCourt: area(4, 1, { ...court, v1: courtTop }),
    cisternGarden: area(0, 0, inset(cell(0, 0), 2)),
    carParks,
  }
}

const isOpen = (column: number, row: number): boolean =>
  (row === 2 && (column === 2 || column === 3)) || (row === 0 && column === 0)
const CAR_PARKS = new Set(['1,0', '6,1', '0,3'])
const MERGED = new Set(['5,3', '1,2', '4,0'])

/** Street widths are fixed; the blocks share what is left, none of them quite like the next. */
function blocks(length: number, count: number, streets: readonly { widthM: number }[], random: Random) {
  const shares = Array.from({ length: count }, () => random.between(0.9, 1.1))
  const free = length - streets.reduce((sum, s) => sum + s.widthM, 0)
  const perShare = free / shares.reduce((sum, s) => sum + s, 0)
  const centres: number[] = []
  const spans: [number, number][] = []
  let at = 0
  for (const [i, street] of streets.entries()) {
    centres.push(at + street.widthM / 2)
    at += street.widthM
    const share = shares[i]
    if (share === undefined) continue
    spans.push([at, at + share * perShare])
    at += share * perShare
  }
  return { centres, spans }
}

const LANE = 4

/** Cuts a block into parcels with pedestrian lanes between them, row by row from the south. */
function parcel(block: Rect, across: number, up: number, random: Random): Rect[] {
  const us = cut(block.u0, block.u1, across, random)
  const vs = cut(block.v0, block.v1, up, random)
  return vs.flatMap(([v0, v1]) => us.map(([u0, u1]) => ({ u0, v0, u1, v1 })))
}

function cut(from: number, to: number, parts: number, random: Random): [number, number][] {
  const size = (to - from) / parts
  const at = Array.from({ length: parts + 1 }, (_, i) =>
    i === 0 ? from : i === parts ? to : from + i * size + random.between(-0.09, 0.09) * size,
  )
  return at
    .slice(0, parts)
    .map((start, i) => [start + (i === 0 ? 0 : LANE / 2), at[i + 1]! - (i === parts - 1 ? 0 : LANE / 2)])
}

/** The two parcels at the south of a block become one. */
function merge(parcels: Rect[]): void {
  const [a, b] = parcels.splice(0, 2)
  parcels.unshift({ u0: a!.u0, v0: a!.v0, u1: b!.u1, v1: Math.min(a!.v1, b!.v1) })
}

/** Low around the souk and the square, higher towards the water. */
function floorsAt(column: number, row: number, random: Random): number {
  if (row === 1 && (column === 2 || column === 3)) return Math.round(random.between(1.6, 3.4))
  const rise = column >= 4 && row === 3 ? 4 : column === 6 ? 2.5 : 0
  return Math.round(random.between(3, 6.4) + random.next() * rise)
}
