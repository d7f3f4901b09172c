import type { Kysely } from 'kysely'
import type { Geometry } from '../schemas/registry.ts'
import type { Tables } from './tables.ts'

/** The district's own shape; without one, the box around all places and assets; undefined when there are none. */
export async function extentOf(db: Kysely<Tables>): Promise<Geometry | undefined> {
  const districts = await db.selectFrom('places').select('geometry').where('kind', '=', 'district').limit(2).execute()
  const places = districts.length > 0 ? districts : await db.selectFrom('places').select('geometry').execute()
  const shapes = places.map((row) => JSON.parse(row.geometry) as Geometry)
  const [district] = shapes
  if (districts.length === 1 && district?.type !== 'Point') return district
  const { west, south, east, north } = await db
    .selectFrom('assets')
    .select((e) => [
      e.fn.min('longitude').as('west'),
      e.fn.min('latitude').as('south'),
      e.fn.max('longitude').as('east'),
      e.fn.max('latitude').as('north'),
    ])
    .executeTakeFirstOrThrow()
  const box = new Box()
  for (const shape of shapes) box.add(shape.coordinates)
  if (west !== null)
    box.add([
      [west, south],
      [east, north],
    ])
  return box.polygon()
}

type Nested = number | readonly Nested[]

class Box {
  #west = Infinity
  #south = Infinity
  #east = -Infinity
  #north = -Infinity

  add(coordinates: readonly Nested[]): void {
    const [x, y] = coordinates
    if (typeof x === 'number' && typeof y === 'number') {
      this.#west = Math.min(this.#west, x)
      this.#east = Math.max(this.#east, x)
      this.#south = Math.min(this.#south, y)
      this.#north = Math.max(this.#north, y)
    } else for (const inner of coordinates) if (typeof inner !== 'number') this.add(inner)
  }

  polygon(): Geometry | undefined {
    if (this.#west === Infinity) return undefined
    const [w, s, e, n] = [this.#west, this.#south, this.#east, this.#north]
    return {
      type: 'Polygon',
      coordinates: [
        [
          [w, s],
          [e, s],
          [e, n],
          [w, n],
          [w, s],
        ],
      ],
    }
  }
}
