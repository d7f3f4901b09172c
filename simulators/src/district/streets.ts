import type { Rect, Spot } from './frame.ts'
import { DEPTH, EASTWARD, type Layout, NORTHWARD, WIDTH } from './layout.ts'
import { zoneAt } from './zones.ts'

/** The part of a street that lies in one zone. Streets on the border of two belong to the one north or east of them. */
export interface StreetSegment {
  readonly id: string
  readonly name: string
  readonly nameAr: string
  readonly zoneId: string
  readonly widthM: number
  readonly line: readonly Spot[]
  /** The part of it inside the site, wall to wall. */
  readonly rect: Rect
  readonly length: number
}

/** How far the wider streets, which lead out of the district, are drawn beyond its boundary, metres. */
const BEYOND = 40

export function streetSegments(layout: Layout): StreetSegment[] {
  const { streetU, streetV } = layout
  const columns = streetU.length - 1
  const rows = streetV.length - 1
  const northward = NORTHWARD.flatMap((street, i) => {
    const cuts = Array.from({ length: rows }, (_, row) => ({
      zoneId: zoneAt(Math.min(i, columns - 1), row),
      from: row === 0 ? 0 : streetV[row]!,
      to: row === rows - 1 ? DEPTH : streetV[row + 1]!,
      names: i === 3 && row < 2 ? WEIR_LANE : street,
      open: i === 3 && row === 2,
    }))
    return segments(street, cuts, streetU[i]!, 'north')
  })
  const eastward = EASTWARD.flatMap((street, j) => {
    const cuts = Array.from({ length: columns }, (_, column) => ({
      zoneId: zoneAt(column, Math.min(j, rows - 1)),
      from: column === 0 ? 0 : streetU[column]!,
      to: column === columns - 1 ? WIDTH : streetU[column + 1]!,
      names: street,
      open: false,
    }))
    return segments(street, cuts, streetV[j]!, 'east')
  })
  return [...northward, ...eastward]
}

/** Reed Lane ends at Sidra Square; its continuation south of the square has a name of its own. */
const WEIR_LANE = { id: 'weir', name: 'Weir Lane', nameAr: 'سكة السد' }

interface Cut {
  readonly zoneId: string
  readonly from: number
  readonly to: number
  readonly names: { readonly id: string; readonly name: string; readonly nameAr: string }
  /** No street here: the square lies across it. */
  readonly open: boolean
}

type Street = (typeof NORTHWARD)[number] | (typeof EASTWARD)[number]

function segments(street: Street, cuts: Cut[], at: number, heading: 'north' | 'east') {
  const joined: Cut[] = []
  for (const cut of cuts) {
    const last = joined.at(-1)
    if (cut.open) continue
    if (last && last.to === cut.from && last.zoneId === cut.zoneId && last.names === cut.names) {
      joined[joined.length - 1] = { ...last, to: cut.to }
    } else joined.push(cut)
  }
  const ends = { from: cuts[0]!.from, to: cuts.at(-1)!.to }
  const spot = (along: number): Spot => (heading === 'north' ? [at, along] : [along, at])
  const half = street.widthM / 2
  const through = street.widthM >= 12 && at > 20 && at < (heading === 'north' ? WIDTH : DEPTH) - 20
  return joined.map((cut, n): StreetSegment => {
    const from = through && cut.from === ends.from ? cut.from - BEYOND : cut.from
    const to = through && cut.to === ends.to ? cut.to + BEYOND : cut.to
    const rect =
      heading === 'north'
        ? { u0: at - half, v0: cut.from, u1: at + half, v1: cut.to }
        : { u0: cut.from, v0: at - half, u1: cut.to, v1: at + half }
    const { id, name, nameAr } = cut.names
    const line = [spot(from), spot(to)]
    const { zoneId } = cut
    return {
      id: `st-${id}-${n + 1}`,
      name,
      nameAr,
      zoneId,
      widthM: street.widthM,
      line,
      rect,
      length: cut.to - cut.from,
    }
  })
}
