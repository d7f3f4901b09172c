import type { Rect } from './frame.ts'
import { DEPTH, type Layout, WIDTH } from './layout.ts'

/** Zones as blocks of the plan: first and last column from the west, first and last row from the south. */
export const ZONES = [
  { id: 'z-north', name: 'North Terraces', nameAr: 'مصاطب الشمال', columns: [0, 3], rows: [3, 3] },
  { id: 'z-waterside', name: 'Waterside', nameAr: 'الواجهة المائية', columns: [4, 6], rows: [3, 3] },
  { id: 'z-west', name: 'Loom Quarter', nameAr: 'حارة النول', columns: [0, 1], rows: [1, 2] },
  { id: 'z-sidra', name: 'Sidra Square', nameAr: 'ساحة السدرة', columns: [2, 4], rows: [2, 2] },
  { id: 'z-souk', name: 'Souk and Centre', nameAr: 'السوق والوسط', columns: [2, 4], rows: [1, 1] },
  { id: 'z-east', name: 'Pearl East', nameAr: 'اللؤلؤ الشرقي', columns: [5, 6], rows: [1, 2] },
  { id: 'z-south', name: 'South Gardens', nameAr: 'حدائق الجنوب', columns: [0, 6], rows: [0, 0] },
] as const

/** The zone of a block. */
export const zoneAt = (column: number, row: number): string =>
  ZONES.find((z) => column >= z.columns[0] && column <= z.columns[1] && row >= z.rows[0] && row <= z.rows[1])!.id

/** Zones meet in the middle of the streets; the outer ones end at the site's boundary. */
export function zoneRect(zone: (typeof ZONES)[number], { streetU, streetV }: Layout): Rect {
  const [west, east] = zone.columns
  const [south, north] = zone.rows
  return {
    u0: west === 0 ? 0 : streetU[west]!,
    v0: south === 0 ? 0 : streetV[south]!,
    u1: east + 2 === streetU.length ? WIDTH : streetU[east + 1]!,
    v1: north + 2 === streetV.length ? DEPTH : streetV[north + 1]!,
  }
}
