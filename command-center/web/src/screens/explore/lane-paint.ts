import type uPlot from 'uplot'
import { apart, clipTo, hatch, line, scaled, stipple } from '../../charts/paint.ts'
import { formatLimit, unitSign } from '../../i18n/format.ts'
import type { Palette } from '../../theme/tokens.ts'
import { type Change, type Chosen, DOUBTFUL, GOOD, type Lane, type Trace } from './lanes.ts'

/** What a lane shows beside its lines. */
export interface LanePicture {
  readonly lane: Lane
  readonly chosen: readonly Chosen[]
  readonly changes: readonly Change[]
  /** Place of the series that is looked at; its band, limits and spread are drawn. */
  readonly lit: number | undefined
  /** Platform time, epoch ms. */
  readonly now: number
  readonly words: {
    readonly now: string
    readonly until: (change: Change) => string
  }
}

export const STRIP_PX = 7
const STRIP_GAP_PX = 3
/** Between two letters on a line. */
const LETTER_EVERY_PX = 190

export const stripsHeight = ({ traces }: Pick<Lane, 'traces'>): number => traces.length * (STRIP_PX + STRIP_GAP_PX) + 4

export const scaleOf = (lane: Lane, trace: Trace): 'y' | 'y2' => (trace.unit === lane.units[1] ? 'y2' : 'y')

/** The series whose band and spread are drawn: the one that is looked at, or the only one. */
export function litTraces({ lane, lit }: Pick<LanePicture, 'lane' | 'lit'>): readonly Trace[] {
  const alone = new Set(lane.traces.map(({ series }) => series)).size === 1
  return alone ? lane.traces : lane.traces.filter(({ series }) => series === lit)
}

/** Behind the lines: the valid range of what is looked at, the spread inside its windows, and where nothing came. */
export function paintGround(chart: uPlot, picture: LanePicture, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  apart(ctx, () => {
    clipTo(ctx, bbox.left, bbox.top, bbox.width, bbox.height)
    const lit = litTraces(picture)
    for (const trace of lit) paintBand(chart, picture, trace, palette, font)
    for (const trace of lit) {
      paintSpread(chart, picture, trace, palette)
      for (const [from, to] of trace.gaps) {
        const [left, right] = [from, to].map((at) => chart.valToPos(at, 'x', true)) as [number, number]
        const begin = Math.max(bbox.left, left)
        const end = Math.min(bbox.left + bbox.width, right)
        if (end > begin) hatch(ctx, begin, bbox.top, end - begin, plotHeight(chart, picture), palette.hatch)
      }
    }
  })
}

/** In front of the lines: letters, changes, now, and the strip that says what each line is worth. */
export function paintFront(chart: uPlot, picture: LanePicture, palette: Palette, font: string): void {
  apart(chart.ctx, () => {
    paintStrips(chart, picture, palette, font)
    paintChanges(chart, picture, palette, font)
    paintNow(chart, picture, palette, font)
    if (picture.chosen.length > 1) paintLetters(chart, picture, palette, font)
    paintUnits(chart, picture, palette, font)
  })
}

/** Without the strips below. */
const plotHeight = (chart: uPlot, { lane }: LanePicture): number =>
  chart.bbox.height - stripsHeight(lane) * devicePixelRatio

function paintBand(chart: uPlot, picture: LanePicture, trace: Trace, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  const { unit, validMin, validMax } = picture.chosen[trace.series]!
  // The range is that of the unit of now.
  if (trace.unit !== unit || (validMin === null && validMax === null)) return
  const scale = scaleOf(picture.lane, trace)
  const bottom = bbox.top + plotHeight(chart, picture)
  const within = (y: number) => Math.min(bottom, Math.max(bbox.top, y))
  const y = (value: number) => chart.valToPos(value, scale, true)
  const top = validMax === null ? bbox.top : within(y(validMax))
  ctx.fillStyle = palette['normal-band']
  ctx.fillRect(bbox.left, top, bbox.width, (validMin === null ? bottom : within(y(validMin))) - top)
  for (const limit of [validMin, validMax]) {
    if (limit === null || y(limit) <= bbox.top || y(limit) >= bottom) continue
    line(ctx, palette['ink-2'], [bbox.left, y(limit)], [bbox.left + bbox.width, y(limit)])
    ctx.fillStyle = palette['ink-1']
    ctx.font = scaled(font)
    ctx.textAlign = 'left'
    ctx.textBaseline = 'bottom'
    ctx.fillText(formatLimit(limit), bbox.left + 4 * devicePixelRatio, y(limit) - 2)
  }
}

/** From the least to the most of each window. */
function paintSpread(chart: uPlot, picture: LanePicture, trace: Trace, palette: Palette): void {
  const { ctx } = chart
  const scale = scaleOf(picture.lane, trace)
  ctx.strokeStyle = palette['ink-4']
  ctx.globalAlpha = 0.5
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  for (const [i, at] of picture.lane.at.entries()) {
    const [low, high] = [trace.min[i], trace.max[i]]
    if (low == null || high == null || low === high) continue
    const x = chart.valToPos(at, 'x', true)
    ctx.moveTo(x, chart.valToPos(low, scale, true))
    ctx.lineTo(x, chart.valToPos(high, scale, true))
  }
  ctx.stroke()
  ctx.globalAlpha = 1
}

/** Under the lines: a thin stroke where all is well, body where it is not. */
function paintStrips(chart: uPlot, picture: LanePicture, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  const { lane, chosen } = picture
  const px = devicePixelRatio
  const height = STRIP_PX * px
  const x = (at: number) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, chart.valToPos(at, 'x', true)))
  ctx.fillStyle = palette.sheet
  const top = bbox.top + plotHeight(chart, picture)
  ctx.fillRect(bbox.left, top, bbox.width, bbox.top + bbox.height - top)
  for (const [i, trace] of lane.traces.entries()) {
    const y = top + (4 + i * (STRIP_PX + STRIP_GAP_PX)) * px
    if (chosen.length > 1) {
      ctx.font = scaled(font, 500)
      ctx.fillStyle = palette['ink-2']
      ctx.textAlign = 'right'
      ctx.textBaseline = 'middle'
      ctx.fillText(chosen[trace.series]!.letter, bbox.left - 6 * px, y + height / 2)
    }
    for (const [from, to, worth] of worthRuns(lane.at, trace)) {
      if (worth === DOUBTFUL) stipple(ctx, x(from), y, x(to) - x(from), height, palette['ink-2'])
      else line(ctx, palette['ink-3'], [x(from), y + height / 2], [x(to), y + height / 2])
    }
    for (const [from, to] of trace.gaps) {
      if (x(to) <= x(from)) continue
      hatch(ctx, x(from), y, x(to) - x(from), height, palette['ink-3'])
      ctx.strokeStyle = palette['ink-3']
      ctx.lineWidth = px
      ctx.strokeRect(x(from) + px / 2, y, x(to) - x(from) - px, height)
    }
  }
}

/** Neighbours that are worth the same, from the first instant to the next run's first. */
export function worthRuns(at: readonly number[], { worth, gaps }: Pick<Trace, 'worth' | 'gaps'>) {
  const runs: [from: number, to: number, worth: number][] = []
  for (const [i, one] of worth.entries()) {
    if (one !== GOOD && one !== DOUBTFUL) continue
    const last = runs.at(-1)
    const broken = last && gaps.some(([from]) => from >= last[1] && from < at[i]!)
    if (last && !broken && last[2] === one) last[1] = at[i]!
    else runs.push([last && !broken ? last[1] : at[i]!, at[i]!, one])
  }
  return runs
}

/** Where a series was something else before, a plumb line with what it was. */
function paintChanges(chart: uPlot, picture: LanePicture, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  const shown = new Set(picture.lane.traces.map(({ series }) => series))
  for (const change of picture.changes) {
    const x = chart.valToPos(change.at / 1000, 'x', true)
    if (!shown.has(change.series) || x <= bbox.left || x >= bbox.left + bbox.width) continue
    line(ctx, palette['ink-1'], [x, bbox.top - 4 * devicePixelRatio], [x, bbox.top + bbox.height])
    ctx.font = scaled(font)
    ctx.textBaseline = 'bottom'
    const words = picture.words.until(change)
    const fits = ctx.measureText(words).width < x - bbox.left
    ctx.textAlign = fits ? 'right' : 'left'
    ctx.fillStyle = palette['ink-1']
    ctx.fillText(words, x + (fits ? -4 : 4) * devicePixelRatio, bbox.top - 3 * devicePixelRatio)
  }
}

function paintNow(chart: uPlot, { now, words }: LanePicture, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  const x = chart.valToPos(now / 1000, 'x', true)
  const right = bbox.left + bbox.width
  if (x < bbox.left || x > right + 1) return
  line(ctx, palette['ink-1'], [x, bbox.top - 4 * devicePixelRatio], [x, bbox.top + bbox.height])
  ctx.fillStyle = palette['ink-1']
  ctx.font = scaled(font, 600)
  ctx.textAlign = 'right'
  ctx.textBaseline = 'bottom'
  ctx.fillText(words.now, Math.min(right, x + 10 * devicePixelRatio), bbox.top - 5 * devicePixelRatio)
}

/** Letters on the lines, as a map writes the names of roads, each with a little paper around it. */
function paintLetters(chart: uPlot, { lane, chosen, lit }: LanePicture, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  ctx.font = scaled(font, 600)
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  ctx.lineWidth = 4 * devicePixelRatio
  ctx.lineJoin = 'round'
  const every = LETTER_EVERY_PX * devicePixelRatio
  for (const [n, trace] of lane.traces.entries()) {
    // Lines that run together must not write over each other.
    let next = bbox.left + every * (0.25 + (n / Math.max(1, lane.traces.length)) * 0.9)
    for (const [i, value] of trace.mean.entries()) {
      if (value == null) continue
      const x = chart.valToPos(lane.at[i]!, 'x', true)
      if (x < next || x > bbox.left + bbox.width - 8 * devicePixelRatio) continue
      const y = chart.valToPos(value, scaleOf(lane, trace), true)
      ctx.strokeStyle = palette.sheet
      ctx.strokeText(chosen[trace.series]!.letter, x, y)
      ctx.fillStyle = palette[lit === undefined || lit === trace.series ? 'ink-1' : 'ink-3']
      ctx.fillText(chosen[trace.series]!.letter, x, y)
      next = x + every
    }
  }
}

/** Above each axis its unit, and whose lines it measures when there are two. */
function paintUnits(chart: uPlot, { lane, chosen }: LanePicture, palette: Palette, font: string): void {
  const { ctx, bbox } = chart
  ctx.font = scaled(font)
  ctx.fillStyle = palette['ink-2']
  ctx.textBaseline = 'bottom'
  for (const [i, unit] of lane.units.entries()) {
    const letters = new Set(
      lane.traces.filter((trace) => trace.unit === unit).map(({ series }) => chosen[series]!.letter),
    )
    const words = [chosen.length > 1 ? [...letters].join(' ') : '', unitSign(unit)].filter(Boolean).join('  ')
    ctx.textAlign = i === 0 ? 'left' : 'right'
    const x = i === 0 ? 8 * devicePixelRatio : chart.ctx.canvas.width - 8 * devicePixelRatio
    ctx.fillText(words, x, bbox.top - 8 * devicePixelRatio)
  }
}
