import type { Random } from '../random.ts'
import { areaOf, corners, type Rect, type Spot } from './frame.ts'

/** A building's outline, counter-clockwise, its courtyard, clockwise, and the rectangles that it is made of. */
export interface Shape {
  readonly outline: readonly Spot[]
  readonly courtyard: readonly Spot[] | undefined
  readonly wings: readonly Rect[]
  readonly footprintM2: number
}

/** A building that fills the rectangle: around a courtyard, open to one side, an angle, stepped or massive. */
export function createShape(r: Rect, random: Random): Shape {
  const small = areaOf(r) < 620
  const draw = random.next()
  const kind = small
    ? draw < 0.55
      ? massive
      : draw < 0.8
        ? angle
        : open
    : draw < 0.5
      ? around
      : draw < 0.72
        ? open
        : draw < 0.86
          ? angle
          : stepped
  return kind(r, random)
}

function around(r: Rect, random: Random): Shape {
  const [u0, u1] = hollow(r.u0, r.u1, random)
  const [v0, v1] = hollow(r.v0, r.v1, random)
  const wings = [
    { ...r, v1: v0 },
    { ...r, v0: v1 },
    { u0: r.u0, v0, u1: u0, v1 },
    { u0: u1, v0, u1: r.u1, v1 },
  ]
  return shape(corners(r), wings, corners({ u0, v0, u1, v1 }).reverse())
}

/** A court that opens to the north or the south. */
function open(r: Rect, random: Random): Shape {
  const [u0, u1] = hollow(r.u0, r.u1, random)
  const depth = (r.v1 - r.v0) * random.between(0.4, 0.6)
  const sides = (base: Rect, v0: number, v1: number) => [
    base,
    { u0: r.u0, v0, u1: u0, v1 },
    { u0: u1, v0, u1: r.u1, v1 },
  ]
  if (random.next() < 0.5) {
    const v = r.v1 - depth
    return shape(
      [
        [r.u0, r.v0],
        [r.u1, r.v0],
        [r.u1, r.v1],
        [u1, r.v1],
        [u1, v],
        [u0, v],
        [u0, r.v1],
        [r.u0, r.v1],
      ],
      sides({ ...r, v1: v }, v, r.v1),
    )
  }
  const v = r.v0 + depth
  return shape(
    [
      [r.u0, r.v0],
      [u0, r.v0],
      [u0, v],
      [u1, v],
      [u1, r.v0],
      [r.u1, r.v0],
      [r.u1, r.v1],
      [r.u0, r.v1],
    ],
    sides({ ...r, v0: v }, r.v0, v),
  )
}

/** Two wings; the corner between them, at the north-east or the south-west, is left free. */
function angle(r: Rect, random: Random): Shape {
  const u = r.u0 + (r.u1 - r.u0) * random.between(0.45, 0.62)
  const v = r.v0 + (r.v1 - r.v0) * random.between(0.42, 0.6)
  if (random.next() < 0.5) {
    return shape(
      [
        [r.u0, r.v0],
        [r.u1, r.v0],
        [r.u1, v],
        [u, v],
        [u, r.v1],
        [r.u0, r.v1],
      ],
      [
        { ...r, v1: v },
        { ...r, u1: u, v0: v },
      ],
    )
  }
  return shape(
    [
      [u, r.v0],
      [r.u1, r.v0],
      [r.u1, r.v1],
      [r.u0, r.v1],
      [r.u0, v],
      [u, v],
    ],
    [
      { ...r, v0: v },
      { ...r, u0: u, v1: v },
    ],
  )
}

/** A slab whose north-west and south-east corners are set back. */
function stepped(r: Rect, random: Random): Shape {
  const cu = (r.u1 - r.u0) * random.between(0.2, 0.32)
  const cv = (r.v1 - r.v0) * random.between(0.2, 0.32)
  return shape(
    [
      [r.u0, r.v0],
      [r.u1 - cu, r.v0],
      [r.u1 - cu, r.v0 + cv],
      [r.u1, r.v0 + cv],
      [r.u1, r.v1],
      [r.u0 + cu, r.v1],
      [r.u0 + cu, r.v1 - cv],
      [r.u0, r.v1 - cv],
    ],
    [
      { u0: r.u0, v0: r.v0, u1: r.u1 - cu, v1: r.v0 + cv },
      { u0: r.u0, v0: r.v0 + cv, u1: r.u1, v1: r.v1 - cv },
      { u0: r.u0 + cu, v0: r.v1 - cv, u1: r.u1, v1: r.v1 },
    ],
  )
}

const massive = (r: Rect): Shape => shape(corners(r), [r])

/** Where a hollow of 34 to 46 % of a side lies: a little off the middle. */
function hollow(from: number, to: number, random: Random): [number, number] {
  const size = to - from
  const width = size * random.between(0.34, 0.46)
  const start = from + (size - width) * random.between(0.4, 0.6)
  return [start, start + width]
}

function shape(outline: Spot[], wings: readonly Rect[], courtyard?: Spot[]): Shape {
  return { outline, courtyard, wings, footprintM2: wings.reduce((sum, w) => sum + areaOf(w), 0) }
}
