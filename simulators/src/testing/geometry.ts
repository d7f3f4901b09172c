type Point = readonly number[]
type Ring = readonly Point[]
/** Outer ring and holes, each closed. */
export type Rings = readonly Ring[]

/** Whether edges of the rings cross or touch where they should not, or a ring does not close. */
export function isSimple(rings: Rings): boolean {
  const edges = rings.flatMap((ring, r) => edgesOf(ring).map((edge, i) => ({ edge, r, i, n: ring.length - 1 })))
  const closed = rings.every((ring) => ring.length >= 4 && same(ring[0]!, ring.at(-1)!))
  return (
    closed &&
    edges.every((a, k) =>
      edges.slice(k + 1).every((b) => {
        const neighbours = a.r === b.r && (b.i - a.i === 1 || b.i - a.i === a.n - 1)
        return neighbours || !meet(a.edge, b.edge)
      }),
    )
  )
}

/** Whether two polygons share any ground. */
export function overlap(a: Rings, b: Rings): boolean {
  const crossing = a.some((ra) => edgesOf(ra).some((ea) => b.some((rb) => edgesOf(rb).some((eb) => meet(ea, eb)))))
  return crossing || contains(a, b[0]![0]!) || contains(b, a[0]![0]!)
}

/** Inside the outer ring and in no hole (even-odd rule). */
export function contains(rings: Rings, [x, y]: Point): boolean {
  let inside = false
  for (const ring of rings) {
    for (const [[x1, y1], [x2, y2]] of edgesOf(ring) as [number[], number[]][] as [
      [number, number],
      [number, number],
    ][]) {
      if (y1 > y! !== y2 > y! && x! < ((x2 - x1) * (y! - y1)) / (y2 - y1) + x1) inside = !inside
    }
  }
  return inside
}

/** Twice the signed area: positive counter-clockwise. */
export const turnOf = (ring: Ring): number =>
  edgesOf(ring).reduce((sum, [a, b]) => sum + (a[0]! * b[1]! - b[0]! * a[1]!), 0)

const edgesOf = (ring: Ring): [Point, Point][] => ring.slice(1).map((p, i) => [ring[i]!, p])

const same = (a: Point, b: Point): boolean => a[0] === b[0] && a[1] === b[1]

const side = (a: Point, b: Point, c: Point): number =>
  Math.sign((b[0]! - a[0]!) * (c[1]! - a[1]!) - (b[1]! - a[1]!) * (c[0]! - a[0]!))

function meet([a, b]: [Point, Point], [c, d]: [Point, Point]): boolean {
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)]
  if (s1 !== s2 && s3 !== s4) return true
  return (s1 === 0 && within(a, b, c)) || (s2 === 0 && within(a, b, d)) || (s3 === 0 && within(c, d, a))
}

const within = (a: Point, b: Point, p: Point): boolean =>
  Math.min(a[0]!, b[0]!) <= p[0]! &&
  p[0]! <= Math.max(a[0]!, b[0]!) &&
  Math.min(a[1]!, b[1]!) <= p[1]! &&
  p[1]! <= Math.max(a[1]!, b[1]!)
