import { useMemo } from 'react'

const COLUMNS = 9
const ROWS = 9
const BLOCK = 92
const LANE = 10
const STREET = 26

/**
 * A quarter in plan, drawn from the brand mark: blocks, courtyards and the lanes that leave them. It is nobody's
 * district: before somebody signs in, nothing of the real one is shown.
 */
export function PlanDrawing() {
  const blocks = useMemo(drawBlocks, [])
  return (
    <svg viewBox="0 0 900 900" preserveAspectRatio="xMidYMid slice" className="plan" aria-hidden="true">
      <g transform="rotate(-5 450 450)">
        {blocks.map(({ key, walls, roof, detail }) => (
          <g key={key}>
            <path d={walls} className="wall" />
            <path d={roof} className="roof" fillRule="evenodd" />
            {detail && <path d={detail} className="detail" />}
          </g>
        ))}
      </g>
    </svg>
  )
}

interface Block {
  readonly key: string
  readonly walls: string
  readonly roof: string
  readonly detail: string
}

function drawBlocks(): Block[] {
  const random = generator(31)
  const out: Block[] = []
  let y = -90
  for (let row = 0; row < ROWS; row++) {
    let x = -90
    for (let column = 0; column < COLUMNS; column++) {
      const square = row === 3 && column > 2 && column < 6
      const width = BLOCK + (random() - 0.5) * 26
      const height = BLOCK + (random() - 0.5) * 20
      if (!square) out.push(block(`${row}.${column}`, x, y, width, height, random))
      x += width + (column % 3 === 2 ? STREET : LANE)
    }
    y += BLOCK + (row % 3 === 2 ? STREET : LANE)
  }
  return out
}

function block(key: string, x: number, y: number, width: number, height: number, random: () => number): Block {
  const rise = 5 + random() * 9
  const inset = 0.3 + random() * 0.08
  const court =
    random() < 0.62
      ? rectangle(x + width * inset, y + height * inset, width * (1 - 2 * inset), height * (1 - 2 * inset))
      : []
  const angle = random() < 0.5 ? cut(x, y, width, height) : rectangle(x, y, width, height)
  const outline = court.length ? rectangle(x, y, width, height) : angle
  const lifted = (points: Point[]) => points.map(([px, py]): Point => [px - rise * 0.35, py - rise])
  const rings = court.length ? [outline, court] : [outline]
  return {
    key,
    walls: rings
      .map((ring) => ring.map((point, i) => quad(point, ring[(i + 1) % ring.length]!, rise)).join(''))
      .join(''),
    roof: rings.map((ring) => path(lifted(ring))).join(''),
    detail: court.length && random() < 0.5 ? path(lifted(rectangle(x + 5, y + 5, width - 10, height - 10))) : '',
  }
}

type Point = [number, number]
const rectangle = (x: number, y: number, w: number, h: number): Point[] => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
]
const cut = (x: number, y: number, w: number, h: number): Point[] => [
  [x, y],
  [x + w * 0.46, y],
  [x + w * 0.46, y + h * 0.5],
  [x + w, y + h * 0.5],
  [x + w, y + h],
  [x, y + h],
]
const path = (points: Point[]): string => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`
const quad = (a: Point, b: Point, rise: number): string =>
  path([a, b, [b[0] - rise * 0.35, b[1] - rise], [a[0] - rise * 0.35, a[1] - rise]])

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
