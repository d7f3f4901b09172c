/** Strokes that charts share, in the canvas's own pixels. */

type Point = readonly [x: number, y: number]

/** Draws and leaves the canvas as it was. */
export function apart(ctx: CanvasRenderingContext2D, draw: () => void): void {
  ctx.save()
  draw()
  ctx.restore()
}

export function clipTo(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.clip()
}

export function line(ctx: CanvasRenderingContext2D, color: string, from: Point, to: Point): void {
  ctx.strokeStyle = color
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  ctx.moveTo(...from)
  ctx.lineTo(...to)
  ctx.stroke()
}

/** Not knowing: lines of 45 degrees. */
export function hatch(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  apart(ctx, () => {
    clipTo(ctx, x, y, width, height)
    ctx.strokeStyle = color
    ctx.lineWidth = 1.2 * devicePixelRatio
    ctx.beginPath()
    const step = 7 * devicePixelRatio
    // From a grid of the whole canvas, so that neighbours join.
    for (let at = Math.floor((x - height) / step) * step; at < x + width; at += step) {
      ctx.moveTo(at, y + height)
      ctx.lineTo(at + height, y)
    }
    ctx.stroke()
  })
}

/** Not knowing well: dots. */
export function stipple(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
): void {
  const step = 4 * devicePixelRatio
  const size = 1.5 * devicePixelRatio
  ctx.fillStyle = color
  for (let row = 0; row * step < height; row++)
    for (let at = Math.ceil(x / step) * step + (row % 2) * (step / 2); at < x + width; at += step)
      ctx.fillRect(at, y + row * step, size, size)
}

/** A CSS font at the canvas's own resolution. */
export const scaled = (font: string, weight = 400): string =>
  `${weight} ${font.replace(/(\d+)px/, (_, px) => `${Number(px) * devicePixelRatio}px`)}`

/** The font of axes and what stands in a chart, as CSS writes it. */
export const axisFont = (): string => `11px ${getComputedStyle(document.documentElement).getPropertyValue('--cond')}`
