import type { Palette, Role } from '../theme/tokens.ts'
import type { Box, LabelView } from './labels.ts'
import type { Service } from './service.ts'

/** A letter or figure that belongs to a place: a level of service, the free share of a car park. */
export interface Chip {
  readonly longitude: number
  readonly latitude: number
  readonly text: string
  /** Filled with the ramp; 0: paper. */
  readonly service: Service
  readonly minZoom: number
  /** Nothing is known: hatched. */
  readonly blind?: boolean
}

/** The values of one asset, beside it. */
export interface ValueBlock {
  readonly longitude: number
  readonly latitude: number
  readonly lines: readonly ValueLine[]
}
export interface ValueLine {
  readonly text: string
  readonly look: 'normal' | 'strong' | 'dim'
}

const LETTERS = ['', 'a', 'b', 'c', 'd', 'e', 'f'] as const
const PAD_PX = 5
const CHIP_PX = 17
/** Where a chip may stand: at its spot, or clear of a disc that has it. */
const NUDGES_PX = [0, 27, -27]
const LINE_PX = 14
const BLOCK_OFF_PX = 10

interface Drawing {
  readonly c: CanvasRenderingContext2D
  readonly view: LabelView
  readonly palette: Palette
  readonly family: string
  readonly taken: Box[]
}

const isFree = (taken: readonly Box[], box: Box): boolean =>
  taken.every((b) => Math.abs(b.x - box.x) >= b.rx + box.rx || Math.abs(b.y - box.y) >= b.ry + box.ry)

const isOff = ({ width, height }: LabelView, x: number, y: number): boolean =>
  x < -20 || y < -20 || x > width + 20 || y > height + 20

/** Writes the chips that have room; what comes first goes first. */
export function drawChips(chips: readonly Chip[], { c, view, palette, family, taken }: Drawing): void {
  c.font = `500 12px ${family}`
  for (const chip of chips) {
    if (view.zoom < chip.minZoom) continue
    const at = view.project(chip.longitude, chip.latitude)
    if (isOff(view, at.x, at.y)) continue
    const width = Math.max(CHIP_PX, c.measureText(chip.text).width + 2 * PAD_PX)
    const box = NUDGES_PX.map((down) => ({ x: at.x, y: at.y + down, rx: width / 2 + 1, ry: CHIP_PX / 2 + 1 })).find(
      (one) => isFree(taken, one),
    )
    if (!box) continue
    taken.push(box)
    const { x, y } = box
    const letter = LETTERS[chip.service]
    c.fillStyle = letter ? palette[`los-${letter}` as Role] : palette.sheet
    c.fillRect(x - width / 2, y - CHIP_PX / 2, width, CHIP_PX)
    c.strokeStyle = palette['line-2']
    c.lineWidth = 1
    if (chip.blind) c.setLineDash([3, 2])
    c.strokeRect(x - width / 2, y - CHIP_PX / 2, width, CHIP_PX)
    c.setLineDash([])
    c.fillStyle = letter ? palette[`los-${letter}-ink` as Role] : palette[chip.blind ? 'ink-3' : 'ink-1']
    c.fillText(chip.text, x, y + 0.5)
  }
}

/** Writes the values beside their assets where there is room for all of them. */
export function drawValues(blocks: readonly ValueBlock[], { c, view, palette, family, taken }: Drawing): void {
  c.save()
  c.textAlign = 'left'
  c.direction = 'ltr'
  for (const { longitude, latitude, lines } of blocks) {
    const { x, y } = view.project(longitude, latitude)
    if (isOff(view, x, y)) continue
    c.font = `500 11.5px ${family}`
    const width = Math.max(...lines.map(({ text }) => c.measureText(text).width)) + 2 * PAD_PX
    const height = lines.length * LINE_PX + 4
    const right = { x: x + BLOCK_OFF_PX + width / 2, y, rx: width / 2 + 2, ry: height / 2 + 2 }
    const left = { ...right, x: x - BLOCK_OFF_PX - width / 2 }
    const box = [right, left].find((one) => isFree(taken, one))
    if (!box) continue
    taken.push(box)
    const from = box.x - width / 2
    const top = y - height / 2
    c.fillStyle = palette.sheet
    c.fillRect(from, top, width, height)
    c.strokeStyle = palette.line
    c.lineWidth = 1
    c.strokeRect(from + 0.5, top + 0.5, width - 1, height - 1)
    for (const [i, { text, look }] of lines.entries()) {
      c.font = `${look === 'strong' ? 600 : 400} 11.5px ${family}`
      c.fillStyle = palette[look === 'dim' ? 'ink-3' : 'ink-1']
      c.fillText(text, from + PAD_PX, top + 2 + LINE_PX * (i + 0.5))
    }
  }
  c.restore()
}
