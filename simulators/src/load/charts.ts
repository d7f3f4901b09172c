/** Line charts as SVG that follow the colours of their page. */
export interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** ink-1 for what matters most, ink-2 and ink-3 for the rest. */
  readonly ink: 1 | 2 | 3
  readonly dashed?: boolean
}

export interface Chart {
  readonly title: string
  readonly lines: readonly Line[]
  /** Of the horizontal axis: the seconds of the values. */
  readonly seconds: readonly number[]
  readonly words: (value: number) => string
  readonly goal?: { readonly at: number; readonly name: string }
  /** Stretches of time with a name, seconds. */
  readonly spans?: readonly { readonly from: number; readonly to: number; readonly name: string }[]
}

const WIDTH = 760
const HEIGHT = 220
const LEFT = 62
const RIGHT = 118
const TOP = 26
const BOTTOM = 24

export function chart(c: Chart): string {
  const end = Math.max(1, ...c.seconds, ...(c.spans ?? []).map((s) => s.to))
  const highest = Math.max(c.goal?.at ?? 0, ...c.lines.flatMap((l) => l.values.map((v) => v ?? 0)))
  const step = tickStep(highest * 1.02)
  const most = step * Math.max(1, Math.ceil((highest * 1.02) / step))
  const x = (second: number) => LEFT + (second / end) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => TOP + (1 - Math.min(1, value / most)) * (HEIGHT - TOP - BOTTOM)
  const parts = [
    ...spans(c, x),
    ...Array.from({ length: Math.round(most / step) + 1 }, (_, i) => i * step).map(
      (v) =>
        `<path d="M${LEFT - 4} ${r(y(v))}h4" class="tick"/><text x="${LEFT - 8}" y="${r(y(v) + 4)}" text-anchor="end">${safe(c.words(v))}</text>`,
    ),
    ...timeTicks(end).map(
      (s) =>
        `<path d="M${r(x(s))} ${HEIGHT - BOTTOM}v4" class="tick"/><text x="${r(x(s))}" y="${HEIGHT - 5}" text-anchor="middle">${timeWords(s, end)}</text>`,
    ),
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" class="axis"/>`,
    ...(c.goal
      ? [
          `<path d="M${LEFT} ${r(y(c.goal.at))}H${WIDTH - RIGHT}" class="goal"/><text x="${WIDTH - RIGHT + 6}" y="${r(y(c.goal.at) + 4)}" class="strong">${safe(c.goal.name)}</text>`,
        ]
      : []),
    ...drawLines(c, x, y),
  ]
  const label = `${c.title}: ${c.lines.map((l) => l.name).join(', ')} over ${timeWords(end, end)}`
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${safe(label)}">${parts.join('')}</svg>`
}

function drawLines(c: Chart, x: (s: number) => number, y: (v: number) => number): string[] {
  const names = labelHeights(c, y)
  return c.lines.map((line, l) => {
    let d = ''
    let up = true
    for (const [i, value] of line.values.entries()) {
      if (value === null) {
        up = true
        continue
      }
      d += `${up ? 'M' : 'L'}${r(x(c.seconds[i]!))} ${r(y(value))}`
      up = false
    }
    return `<path d="${d}" class="line ink-${line.ink}${line.dashed ? ' dashed' : ''}"/><text x="${WIDTH - RIGHT + 6}" y="${r(names[l]! + 4)}">${safe(line.name)}</text>`
  })
}

const LABEL = 13

/** Where the name of each line stands: beside its end, and clear of the others, in the order of the lines' ends. */
function labelHeights(c: Chart, y: (v: number) => number): number[] {
  const wanted = c.lines.map((line, i) => ({ i, at: y(line.values.findLast((v) => v !== null) ?? 0), fixed: false }))
  if (c.goal) wanted.push({ i: -1, at: y(c.goal.at), fixed: true })
  wanted.sort((a, b) => b.at - a.at)
  const heights: number[] = []
  let lowest = HEIGHT - BOTTOM + LABEL
  for (const { i, at, fixed } of wanted) {
    const place = fixed ? at : Math.min(at, lowest - LABEL)
    if (i >= 0) heights[i] = place
    lowest = place
  }
  return heights
}

function spans(c: Chart, x: (s: number) => number): string[] {
  // A name that would lie on its neighbour's goes one line down.
  const rows: number[] = []
  return (c.spans ?? []).map(({ from, to, name }) => {
    const width = name.length * 6.2 + 10
    let row = rows.findIndex((end) => x(from) > end)
    if (row < 0) row = rows.length
    rows[row] = x(from) + width
    const label =
      row < 3 ? `<text x="${r(x(from) + 4)}" y="${TOP + 11 + row * 13}" class="mark">${safe(name)}</text>` : ''
    return `<path d="M${r(x(from))} ${HEIGHT - BOTTOM}V${TOP - 6}H${r(x(to))}V${HEIGHT - BOTTOM}" class="span"/><path d="M${r(x(from))} ${TOP - 2}v-4H${r(x(to))}v4" class="bracket"/>${label}`
  })
}

/** The distance of the ticks, four or so of them: 1, 2, 2.5 or 5 times a power of ten. */
function tickStep(most: number): number {
  if (most <= 0) return 0.25
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 2.5, 5, 10].find((n) => n * power >= rough) ?? 10) * power
}

function timeTicks(end: number): number[] {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200].find((s) => end / s <= 7) ?? 14_400
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step)
}

const timeWords = (s: number, end: number): string => (end >= 180 ? `${Math.round((s / 60) * 10) / 10} min` : `${s} s`)
const r = (n: number): string => n.toFixed(1)

export const safe = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
