import type uPlot from 'uplot'
import { apart, clipTo, hatch, line, scaled } from '../../charts/paint.ts'
import { formatLimit, formatTime, formatValue, unitSign } from '../../i18n/format.ts'
import type { Palette } from '../../theme/tokens.ts'
import type { Trend } from './trend-data.ts'

interface Drawing {
  readonly trend: Trend
  readonly validMin: number | null
  readonly validMax: number | null
  readonly unit: string
  readonly palette: Palette
  readonly axisFont: string
  readonly words: { readonly now: string; limit(value: string): string }
}

/** What uPlot does not draw by itself: band, hatch, limits, the dot at now and the value under the pointer. */
export function trendHooks(drawing: Drawing): uPlot.Hooks.Arrays {
  return {
    drawClear: [(chart) => apart(chart.ctx, () => drawGround(chart, drawing))],
    draw: [(chart) => apart(chart.ctx, () => drawNow(chart, drawing))],
    setCursor: [(chart) => showValue(chart, drawing)],
  }
}

function drawGround(chart: uPlot, { trend, validMin, validMax, palette, axisFont, words }: Drawing): void {
  const { ctx, bbox } = chart
  const { min, max } = chart.scales.y as { min: number; max: number }
  const y = (value: number) => chart.valToPos(value, 'y', true)
  const clamp = (value: number) => Math.min(max, Math.max(min, value))
  clipTo(ctx, bbox.left, bbox.top, bbox.width, bbox.height)
  if (validMin !== null || validMax !== null) {
    const top = y(clamp(validMax ?? max))
    ctx.fillStyle = palette['normal-band']
    ctx.fillRect(bbox.left, top, bbox.width, y(clamp(validMin ?? min)) - top)
  }
  for (const limit of [validMin, validMax]) {
    if (limit === null || limit <= min || limit >= max) continue
    line(ctx, palette['ink-2'], [bbox.left, y(limit)], [bbox.left + bbox.width, y(limit)])
    ctx.fillStyle = palette['ink-1']
    ctx.font = scaled(axisFont)
    ctx.textAlign = 'left'
    ctx.textBaseline = 'bottom'
    ctx.fillText(words.limit(formatLimit(limit)), bbox.left + 4 * devicePixelRatio, y(limit) - 2)
  }
  drawMinMax(chart, trend, palette)
  for (const [from, to] of trend.gaps) {
    const left = Math.max(bbox.left, chart.valToPos(from, 'x', true))
    hatch(ctx, left, bbox.top, chart.valToPos(to, 'x', true) - left, bbox.height, palette.hatch)
  }
}

/** The spread inside each window as a quiet stroke behind the mean. */
function drawMinMax(chart: uPlot, trend: Trend, palette: Palette): void {
  const { ctx } = chart
  ctx.strokeStyle = palette['ink-4']
  ctx.globalAlpha = 0.55
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  for (const [i, at] of trend.at.entries()) {
    const low = trend.min[i]
    const high = trend.max[i]
    if (low == null || high == null || low === high) continue
    const x = chart.valToPos(at, 'x', true)
    ctx.moveTo(x, chart.valToPos(low, 'y', true))
    ctx.lineTo(x, chart.valToPos(high, 'y', true))
  }
  ctx.stroke()
  ctx.globalAlpha = 1
}

function drawNow(chart: uPlot, { trend, palette, axisFont, unit, words }: Drawing): void {
  const { ctx, bbox } = chart
  const right = bbox.left + bbox.width
  line(ctx, palette['ink-1'], [right, bbox.top - 4 * devicePixelRatio], [right, bbox.top + bbox.height])
  ctx.fillStyle = palette['ink-1']
  ctx.font = scaled(axisFont, 600)
  ctx.textAlign = 'right'
  ctx.textBaseline = 'bottom'
  const above = bbox.top - 8 * devicePixelRatio
  ctx.fillText(words.now, right + 10 * devicePixelRatio, above)
  ctx.font = scaled(axisFont)
  ctx.fillStyle = palette['ink-2']
  ctx.fillText(unitSign(unit), bbox.left - 8 * devicePixelRatio, above)
  const last = trend.mean.findLastIndex((value) => value !== null)
  if (last < 0) return
  ctx.beginPath()
  ctx.arc(
    chart.valToPos(trend.at[last]!, 'x', true),
    chart.valToPos(trend.mean[last]!, 'y', true),
    3.4 * devicePixelRatio,
    0,
    7,
  )
  ctx.fillStyle = palette.trace
  ctx.fill()
  ctx.strokeStyle = palette.sheet
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.stroke()
}

/** The value and time under the pointer, written above the plot. */
function showValue(chart: uPlot, { trend, unit }: Drawing): void {
  const at = chart.cursor.idx
  let note = chart.root.querySelector<HTMLElement>('.trend-note')
  if (!note) {
    note = document.createElement('bdi')
    note.className = 'trend-note num'
    chart.root.append(note)
  }
  const value = at == null ? null : trend.mean[at]
  note.textContent = value == null ? '' : `${formatTime(trend.at[at!]! * 1000)}  ${formatValue(value, unit)}`
}
