import type { EventGroup, Severity } from '@quartier/contracts/events'
import { EVENT_SHAPES, isFilled } from '../events/shapes.ts'
import type { Palette } from '../theme/tokens.ts'
import { EVENT_SYMBOLS, eventSymbol } from './event-spots.ts'

/** Where each symbol stands in the atlas, as deck.gl's IconLayer wants it. */
export type IconMapping = Record<
  string,
  { x: number; y: number; width: number; height: number; anchorX: number; anchorY: number; mask: boolean }
>
export interface Symbols {
  readonly atlas: ImageData
  readonly mapping: IconMapping
}

/** Sizes on the screen, px. */
export const CLUSTER_PX = 34
export const STALE_PX = 14
export const LOOK_PX = 14
export const BRACKETS_PX = 44
export const EVENT_PX = 20
export const SMALL_PX = 10
export const WORST_PX = 13
export const CONE_PX = 98
export const STOP_PX = 12

/** The share that reports is drawn in this many steps. */
export const SHARE_STEPS = 24

export const clusterSymbol = (share: number): string =>
  `cluster-${share >= 1 ? SHARE_STEPS : Math.min(SHARE_STEPS - 1, Math.round(share * SHARE_STEPS))}`

type Draw = (context: CanvasRenderingContext2D, palette: Palette) => void

/** Draws all symbols for one theme. @param scale device pixels per pixel */
export function drawSymbols(palette: Palette, scale: number): Symbols {
  const symbols: { name: string; size: number; draw: Draw }[] = [
    { name: 'blind', size: STALE_PX, draw: drawBlind },
    { name: 'look', size: LOOK_PX, draw: drawLook },
    { name: 'doubt', size: SMALL_PX, draw: drawDoubt },
    { name: 'waiting', size: SMALL_PX, draw: drawWaiting },
    { name: 'stop', size: STOP_PX, draw: drawStop },
    { name: 'camera', size: STOP_PX, draw: drawCamera },
    { name: 'camera-ill', size: STOP_PX, draw: drawBlind },
    { name: 'brackets', size: BRACKETS_PX, draw: drawBrackets },
    { name: 'brackets-dot', size: BRACKETS_PX, draw: drawDottedBrackets },
  ]
  for (let step = 0; step <= SHARE_STEPS; step++) {
    symbols.push({ name: `cluster-${step}`, size: CLUSTER_PX, draw: (c, p) => drawCluster(c, p, step / SHARE_STEPS) })
  }
  for (const { group, severity } of EVENT_SYMBOLS) {
    const name = eventSymbol(group, severity)
    symbols.push({ name, size: EVENT_PX, draw: (c, p) => drawEvent(c, p, group, severity) })
  }
  symbols.push({ name: 'cone', size: CONE_PX, draw: drawCone }, { name: 'cone-ill', size: CONE_PX, draw: drawIllCone })
  const cell = Math.ceil((CONE_PX + 2) * scale)
  const columns = 8
  const canvas = document.createElement('canvas')
  canvas.width = columns * cell
  canvas.height = Math.ceil(symbols.length / columns) * cell
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  const mapping: IconMapping = {}
  for (const [i, { name, size, draw }] of symbols.entries()) {
    const x = (i % columns) * cell
    const y = Math.floor(i / columns) * cell
    const px = size * scale
    context.setTransform(scale, 0, 0, scale, x + px / 2, y + px / 2)
    draw(context, palette)
    mapping[name] = { x, y, width: px, height: px, anchorX: px / 2, anchorY: px / 2, mask: false }
  }
  return { atlas: context.getImageData(0, 0, canvas.width, canvas.height), mapping }
}

/** A disc whose ring is the share that reports; the missing arc is hatched. */
function drawCluster(c: CanvasRenderingContext2D, p: Palette, share: number): void {
  disc(c, 15, p.sheet)
  if (share < 1) {
    c.save()
    c.beginPath()
    c.arc(0, 0, 14.8, 0, 2 * Math.PI)
    c.arc(0, 0, 11, 0, 2 * Math.PI, true)
    c.clip()
    hatch(c, 16, p['ink-3'], 1.1, 3)
    c.restore()
  }
  circle(c, 15, p['line-2'], 0.8)
  if (share <= 0) return
  c.beginPath()
  const from = -Math.PI / 2
  const to = from + 2 * Math.PI * share
  if (share < 1) {
    c.arc(0, 0, 13, from, to)
    c.strokeStyle = p.sheet
    c.lineWidth = 4
    c.stroke()
  }
  c.beginPath()
  c.arc(0, 0, 13, from, to)
  c.strokeStyle = p['ink-3']
  c.lineWidth = 2
  c.stroke()
}

/** Blind: a hatched ring round bare paper. */
function drawBlind(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 6, p.sheet)
  c.save()
  c.beginPath()
  c.arc(0, 0, 5.4, 0, 2 * Math.PI)
  c.clip()
  hatch(c, 6, p['ink-3'], 1.1, 3)
  c.restore()
  circle(c, 5.4, p['ink-3'], 1.2)
}

/** Uncertain: an open ring. */
function drawDoubt(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 4, p.sheet)
  circle(c, 3.2, p['ink-2'], 1.4)
}

/** Not heard yet, and not for long enough to tell: bare paper with a thin edge. */
function drawWaiting(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 3.6, p.sheet)
  circle(c, 3, p['ink-4'], 1)
}

/** A tram stop: a ring of 8 px. */
function drawStop(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 4, p.sheet)
  circle(c, 4, p['m-tram'], 1.6)
}

function drawCamera(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 4.4, p.sheet)
  circle(c, 4, p['ink-2'], 1.4)
  disc(c, 1.4, p['ink-2'])
}

const CONE_HALF = (32 * Math.PI) / 180

/** What a camera looks at lies to the east of it; the layer turns it. */
function drawCone(c: CanvasRenderingContext2D, p: Palette): void {
  conePath(c)
  c.globalAlpha = 0.16
  c.fillStyle = p['ink-3']
  c.fill()
  c.globalAlpha = 1
}

/** Of a camera that says nothing: dashed and hatched. */
function drawIllCone(c: CanvasRenderingContext2D, p: Palette): void {
  c.save()
  conePath(c)
  c.clip()
  c.globalAlpha = 0.5
  hatch(c, CONE_PX / 2, p.hatch, 1.2, 5)
  c.restore()
  conePath(c)
  c.setLineDash([3, 3])
  c.strokeStyle = p['ink-3']
  c.lineWidth = 1
  c.stroke()
  c.setLineDash([])
}

function conePath(c: CanvasRenderingContext2D): void {
  c.beginPath()
  c.moveTo(0, 0)
  c.arc(0, 0, CONE_PX / 2 - 1, -CONE_HALF, CONE_HALF)
  c.closePath()
}

/** Something to look at, which is no alarm: an ink dot in a ring. */
function drawLook(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 6.4, p.sheet)
  circle(c, 5.4, p['ink-1'], 1.4)
  disc(c, 2.6, p['ink-1'])
}

/** With a dot of its own, for an asset whose mark is hidden in a cluster. */
function drawDottedBrackets(c: CanvasRenderingContext2D, p: Palette): void {
  disc(c, 4.6, p.sheet)
  disc(c, 3.2, p['ink-1'])
  drawBrackets(c, p)
}

/** The shape of what it belongs to, on paper; ink in it says a warning, a ring round it that it is critical. */
function drawEvent(c: CanvasRenderingContext2D, p: Palette, group: EventGroup, severity: Severity): void {
  const shape = new Path2D(EVENT_SHAPES[group])
  if (severity === 'critical') {
    disc(c, 9.4, p.sheet)
    circle(c, 8.4, p['ink-1'], 1.3)
    c.scale(0.8, 0.8)
  }
  c.lineJoin = 'round'
  c.strokeStyle = p.sheet
  c.lineWidth = 4
  c.stroke(shape)
  c.fillStyle = isFilled(severity) ? p['ink-1'] : p.sheet
  c.fill(shape)
  c.strokeStyle = p[severity === 'info' ? 'ink-2' : 'ink-1']
  c.lineWidth = 1.4
  c.stroke(shape)
  if (severity === 'notice') disc(c, 1.6, p['ink-1'])
}

/** Four ink brackets with a paper gap: a registration mark. */
function drawBrackets(c: CanvasRenderingContext2D, p: Palette): void {
  const r = 18
  const arm = 8
  for (const [color, width] of [
    [p.sheet, 6],
    [p['ink-1'], 2.6],
  ] as const) {
    c.strokeStyle = color
    c.lineWidth = width
    c.lineCap = 'butt'
    c.lineJoin = 'miter'
    for (const [sx, sy] of [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ] as const) {
      c.beginPath()
      c.moveTo(sx * r, sy * (r - arm))
      c.lineTo(sx * r, sy * r)
      c.lineTo(sx * (r - arm), sy * r)
      c.stroke()
    }
  }
}

function disc(c: CanvasRenderingContext2D, radius: number, color: string): void {
  c.beginPath()
  c.arc(0, 0, radius, 0, 2 * Math.PI)
  c.fillStyle = color
  c.fill()
}

function circle(c: CanvasRenderingContext2D, radius: number, color: string, width: number): void {
  c.beginPath()
  c.arc(0, 0, radius, 0, 2 * Math.PI)
  c.strokeStyle = color
  c.lineWidth = width
  c.stroke()
}

function hatch(c: CanvasRenderingContext2D, reach: number, color: string, width: number, every: number): void {
  c.beginPath()
  for (let at = -2 * reach; at <= 2 * reach; at += every * Math.SQRT2) {
    c.moveTo(at - reach, reach)
    c.lineTo(at + reach, -reach)
  }
  c.strokeStyle = color
  c.lineWidth = width
  c.stroke()
}
