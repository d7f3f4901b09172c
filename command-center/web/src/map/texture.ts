type Point = readonly [number, number]
type Ring = readonly (readonly number[])[]

const METRES_PER_DEGREE = 111_320

/**
 * Joint lines inside a ring, in the direction of its longest edge and across it.
 * @param across metres between the lines across, @param along between those along; infinite: none of them
 */
export function paving(ring: Ring, across: number, along: number): [Point, Point][] {
  const plane = planeOf(ring)
  const inside = ring.map((p) => plane.toPlane(p as unknown as Point))
  const turned = inside.map(([x, y]): Point => [y, x])
  const back = ([x, y]: Point) => plane.toWorld([x, y])
  return [
    ...scan(inside, across).map(([a, b]): [Point, Point] => [back(a), back(b)]),
    ...scan(turned, along).map(([a, b]): [Point, Point] => [back([a[1], a[0]]), back([b[1], b[0]])]),
  ]
}

/** The stretches of the lines x = spacing, 2·spacing … that lie inside the ring (even-odd rule). */
function scan(ring: readonly Point[], spacing: number): [Point, Point][] {
  if (!Number.isFinite(spacing)) return []
  const xs = ring.map(([x]) => x)
  const end = Math.max(...xs)
  const out: [Point, Point][] = []
  for (let x = Math.min(...xs) + spacing; x < end - spacing / 3; x += spacing) {
    const crossings: number[] = []
    for (let i = 1; i < ring.length; i++) {
      const [x0, y0] = ring[i - 1]!
      const [x1, y1] = ring[i]!
      if (x0 > x !== x1 > x) crossings.push(y0 + ((x - x0) / (x1 - x0)) * (y1 - y0))
    }
    crossings.sort((a, b) => a - b)
    for (let i = 0; i + 1 < crossings.length; i += 2)
      out.push([
        [x, crossings[i]!],
        [x, crossings[i + 1]!],
      ])
  }
  return out
}

/** A plane in metres at the ring's first point whose x axis follows the longest edge. */
function planeOf(ring: Ring) {
  const [longitude, latitude] = ring[0] as unknown as Point
  const perX = METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180)
  let turn = 0
  let longest = 0
  for (let i = 1; i < ring.length; i++) {
    const dx = (ring[i]![0]! - ring[i - 1]![0]!) * perX
    const dy = (ring[i]![1]! - ring[i - 1]![1]!) * METRES_PER_DEGREE
    const length = Math.hypot(dx, dy)
    if (length > longest) {
      longest = length
      turn = Math.atan2(dy, dx)
    }
  }
  const cos = Math.cos(turn)
  const sin = Math.sin(turn)
  return {
    toPlane([x, y]: Point): Point {
      const east = (x - longitude) * perX
      const north = (y - latitude) * METRES_PER_DEGREE
      return [east * cos + north * sin, north * cos - east * sin]
    },
    toWorld([a, b]: Point): Point {
      return [longitude + (a * cos - b * sin) / perX, latitude + (a * sin + b * cos) / METRES_PER_DEGREE]
    },
  }
}

/** Dots that say "green": the same ones every time for the same id. @returns radius in metres */
export function trees(rings: readonly Ring[], id: string): { at: Point; radiusM: number }[] {
  const plane = planeOf(rings[0]!)
  const outlines = rings.map((ring) => ring.map((p) => plane.toPlane(p as unknown as Point)))
  const xs = outlines[0]!.map(([x]) => x)
  const ys = outlines[0]!.map(([, y]) => y)
  const [west, south, east, north] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  const random = randomOf(id)
  const count = Math.min(400, Math.round(((east - west) * (north - south)) / 70))
  const out: { at: Point; radiusM: number }[] = []
  for (let i = 0; i < count; i++) {
    const spot: Point = [west + random() * (east - west), south + random() * (north - south)]
    const radiusM = 1.5 + random() * 1.8
    const inside = outlines.filter((outline) => contains(outline, spot)).length % 2 === 1
    if (inside) out.push({ at: plane.toWorld(spot), radiusM })
  }
  return out
}

export function contains(ring: readonly Point[], [x, y]: Point): boolean {
  let inside = false
  for (let i = 1; i < ring.length; i++) {
    const [x0, y0] = ring[i - 1]!
    const [x1, y1] = ring[i]!
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) inside = !inside
  }
  return inside
}

/** A small generator seeded by a text (FNV-1a, then mulberry32). */
function randomOf(seed: string): () => number {
  let state = 0x811c9dc5
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
