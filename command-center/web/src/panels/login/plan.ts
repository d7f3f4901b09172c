/** Paths of an invented quarter in plan, `WIDTH` × `HEIGHT`; the same every time. */
export interface Plan {
  readonly plots: string
  readonly walls: string
  readonly roofs: string
  readonly details: string
  readonly square: string
  readonly paving: string
  readonly park: string
  readonly trees: readonly { readonly x: number; readonly y: number; readonly r: number }[]
  readonly tram: string
}

export const WIDTH = 1360
export const HEIGHT = 1080
const LANE = 5
const STREETS_X = [-90, 40, 168, 306, 440, 585, 730, 868, 1010, 1146, 1290, 1430]
const STREETS_Y = [-90, 24, 140, 262, 380, 500, 622, 738, 860, 978, 1096, 1210]
const HALF_STREET = 9
/** Cells of the grid that stay open, by column and row. */
const SQUARE = new Set(['5,4', '6,4'])
const PARK = '2,7'

type Point = readonly [number, number]
interface Rect {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export function drawPlan(): Plan {
  const random = generator(31)
  const lots: Rect[] = []
  const plots: Rect[] = []
  for (let row = 0; row + 1 < STREETS_Y.length; row++) {
    for (let column = 0; column + 1 < STREETS_X.length; column++) {
      if (SQUARE.has(`${column},${row}`) || `${column},${row}` === PARK) continue
      const cell = cellAt(column, row, column, row)
      plots.push(cell)
      lots.push(...divide(cell, random))
    }
  }
  const buildings = lots.map((lot) => building(lot, random))
  const square = cellAt(5, 4, 6, 4)
  const park = cellAt(2, 7, 2, 7)
  return {
    plots: plots.map((rect) => path(corners(rect))).join(''),
    walls: buildings.map(({ walls }) => walls).join(''),
    roofs: buildings.map(({ roof }) => roof).join(''),
    details: buildings.map(({ detail }) => detail).join(''),
    square: path(corners(square)),
    paving: paving(square, 10),
    park: path(corners(park)),
    trees: [...grove(park, random), ...avenue(random)],
    tram: loop(STREETS_X[3]!, STREETS_Y[3]!, STREETS_X[8]!, STREETS_Y[7]!, 26),
  }
}

function cellAt(column0: number, row0: number, column1: number, row1: number): Rect {
  const x = STREETS_X[column0]! + HALF_STREET
  const y = STREETS_Y[row0]! + HALF_STREET
  return { x, y, w: STREETS_X[column1 + 1]! - HALF_STREET - x, h: STREETS_Y[row1 + 1]! - HALF_STREET - y }
}

/** Four lots, or three where two grow together, with lanes between them. */
function divide({ x, y, w, h }: Rect, random: () => number): Rect[] {
  const across = w * (0.42 + random() * 0.16)
  const down = h * (0.42 + random() * 0.16)
  const west = across - LANE / 2
  const east = w - across - LANE / 2
  const north = down - LANE / 2
  const south = h - down - LANE / 2
  const top = [
    { x, y, w: west, h: north },
    { x: x + across + LANE / 2, y, w: east, h: north },
  ]
  const low = y + down + LANE / 2
  if (random() < 0.2) return [...top, { x, y: low, w, h: south }]
  return [...top, { x, y: low, w: west, h: south }, { x: x + across + LANE / 2, y: low, w: east, h: south }]
}

function building({ x, y, w, h }: Rect, random: () => number) {
  const rise = 3 + random() * 5
  const draw = random()
  const court = draw < 0.5
  const outline = draw < 0.72 ? corners({ x, y, w, h }) : angle({ x, y, w, h }, random() < 0.5)
  const inset = 0.3 + random() * 0.06
  const yard = corners({ x: x + w * inset, y: y + h * inset, w: w * (1 - 2 * inset), h: h * (1 - 2 * inset) })
  const rings = court ? [outline, yard] : [outline]
  const raise = ([px, py]: Point): Point => [px - rise * 0.4, py - rise]
  const edge = corners({ x: x + 2.5, y: y + 2.5, w: w - 5, h: h - 5 })
  return {
    walls: rings
      .flatMap((ring) => ring.map((a, i) => [a, ring[(i + 1) % ring.length]!] as const))
      .map(([a, b]) => path([a, b, raise(b), raise(a)]))
      .join(''),
    roof: rings.map((ring) => path(ring.map(raise))).join(''),
    detail: court && random() < 0.6 ? path(edge.map(raise)) : '',
  }
}

const corners = ({ x, y, w, h }: Rect): Point[] => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
]

function angle({ x, y, w, h }: Rect, mirrored: boolean): Point[] {
  const flip = ([px, py]: Point): Point => (mirrored ? [2 * x + w - px, py] : [px, py])
  const shape: Point[] = [
    [x, y],
    [x + w * 0.5, y],
    [x + w * 0.5, y + h * 0.48],
    [x + w, y + h * 0.48],
    [x + w, y + h],
    [x, y + h],
  ]
  return shape.map(flip)
}

function paving({ x, y, w, h }: Rect, every: number): string {
  let out = ''
  for (let at = x + every; at < x + w - 2; at += every) out += `M${round(at)} ${round(y)}V${round(y + h)}`
  for (let at = y + every; at < y + h - 2; at += every) out += `M${round(x)} ${round(at)}H${round(x + w)}`
  return out
}

const grove = ({ x, y, w, h }: Rect, random: () => number) =>
  Array.from({ length: 70 }, () => ({
    x: x + 5 + random() * (w - 10),
    y: y + 5 + random() * (h - 10),
    r: 1.8 + random() * 2,
  }))

/** Trees on both sides of the street that runs along the square. */
const avenue = (random: () => number) =>
  Array.from({ length: 92 }, (_, i) => i * 16 - 40).flatMap((x) =>
    [-5, 2].map((side) => ({ x: x + random(), y: STREETS_Y[5]! + side, r: 1.5 })),
  )

const loop = (x0: number, y0: number, x1: number, y1: number, r: number): string =>
  `M${x0 + r} ${y0}H${x1 - r}Q${x1} ${y0} ${x1} ${y0 + r}V${y1 - r}Q${x1} ${y1} ${x1 - r} ${y1}` +
  `H${x0 + r}Q${x0} ${y1} ${x0} ${y1 - r}V${y0 + r}Q${x0} ${y0} ${x0 + r} ${y0}Z`

const round = (n: number): number => Math.round(n * 10) / 10
const path = (points: readonly Point[]): string => `M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}Z`

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
