import { nameIn } from '../i18n/translate.ts'
import { boundsOf, middleOf, type PlaceNode, type Registry } from '../live/registry.ts'
import type { Language } from '../theme/preferences.ts'
import type { Palette } from '../theme/tokens.ts'

/** A name on the map, before it is known whether there is room for it. */
export interface Label {
  readonly text: string
  /** Where it may stand, the best first: longitude and latitude. */
  readonly spots: readonly (readonly [number, number])[]
  /** Shifts down the screen that are tried at each spot, px. */
  readonly nudgesPx: readonly number[]
  /** Turn on the screen, radians; 0 is level. */
  readonly angle: number
  /** Metres along which it must fit; 0: always. */
  readonly roomM: number
  readonly weight: 400 | 500
  readonly size: number
  readonly minZoom: number
}

/** Names of open spaces first, then streets, then buildings: the order in which they get their room. */
export function labelsOf(registry: Registry, language: Language): Label[] {
  const open: Label[] = []
  const buildings: Label[] = []
  const streets = new Map<string, { label: Label; lengthM: number }>()
  for (const place of registry.places) {
    const text = nameIn(language, place)
    const spots = [middleOf(place.geometry)]
    const base = { text, spots, nudgesPx: [0, 30, -30], angle: 0, roomM: 0, weight: 400 as const, size: 11, minZoom: 0 }
    if (place.kind === 'zone' && place.parentId === null) open.push(siteLabel(base, place))
    else if (place.kind === 'square' || place.kind === 'park') open.push({ ...base, weight: 500, size: 12.5 })
    else if (place.kind === 'water') open.push({ ...base, size: 12, minZoom: 17.2 })
    else if (place.kind === 'carpark') open.push({ ...base, minZoom: 16.6 })
    else if (place.kind === 'building') buildings.push({ ...base, minZoom: 17.6 })
    else if (place.kind === 'street' && place.geometry.type === 'LineString') {
      const line = place.geometry.coordinates
      const { angle, lengthM } = straight(line[0]!, line[line.length - 1]!)
      const known = streets.get(text)
      if (known && known.lengthM >= lengthM) continue
      const label = { ...base, spots: spotsAlong(line), nudgesPx: [0], angle, roomM: lengthM, minZoom: 15.5 }
      streets.set(text, { label, lengthM })
    }
  }
  return [...open, ...[...streets.values()].map(({ label }) => label), ...buildings]
}

/** The name of a site without a drawing stands on its northern boundary, clear of what is in it. */
function siteLabel(base: Label, place: PlaceNode): Label {
  const [west, , east, north] = boundsOf(place.geometry)
  return { ...base, spots: [[(west + east) / 2, north]], nudgesPx: [-14], weight: 500, size: 12.5 }
}

const ALONG = [0.5, 0.3, 0.7, 0.15, 0.85]

/** Spots on the straight way from the line's first to its last position. */
function spotsAlong(line: readonly (readonly number[])[]): [number, number][] {
  const from = line[0]!
  const to = line[line.length - 1]!
  return ALONG.map((share) => [from[0]! + share * (to[0]! - from[0]!), from[1]! + share * (to[1]! - from[1]!)])
}

/** Direction that reads from left to right, and distance, between two positions. */
function straight(a: readonly number[], b: readonly number[]): { angle: number; lengthM: number } {
  const x = (b[0]! - a[0]!) * 111_320 * Math.cos((a[1]! * Math.PI) / 180)
  const y = (b[1]! - a[1]!) * 111_320
  let angle = Math.atan2(-y, x)
  if (angle > Math.PI / 2) angle -= Math.PI
  if (angle <= -Math.PI / 2 + 0.01) angle += Math.PI
  return { angle: angle > Math.PI / 2 - 0.3 ? angle - Math.PI : angle, lengthM: Math.hypot(x, y) }
}

export interface LabelView {
  readonly zoom: number
  readonly pixelsPerMetre: number
  readonly width: number
  readonly height: number
  project(longitude: number, latitude: number): { x: number; y: number }
  /** How far the map is turned, radians clockwise from north up. */
  readonly turn: number
  /** Discs that a label must leave free, radius in px. */
  readonly discs: readonly { readonly x: number; readonly y: number; readonly radius: number }[]
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly rx: number
  readonly ry: number
}

const HALO_PX = 3

/**
 * Writes the labels that have room. The browser shapes the text, so Arabic joins as it should; it stands straight
 * and is turned to the street as a whole.
 */
export function drawLabels(
  c: CanvasRenderingContext2D,
  labels: readonly Label[],
  view: LabelView,
  palette: Palette,
  language: Language,
  /** Writes what goes before the names, and adds the room that it takes. */
  before?: (family: string, taken: Box[]) => void,
): void {
  const family = getComputedStyle(document.documentElement).getPropertyValue('--cond')
  const taken: Box[] = view.discs.map(({ x, y, radius }) => ({ x, y, rx: radius, ry: radius }))
  c.clearRect(0, 0, view.width, view.height)
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  before?.(family, taken)
  c.lineJoin = 'round'
  c.lineWidth = HALO_PX
  c.direction = language === 'ar' ? 'rtl' : 'ltr'
  for (const label of labels) {
    if (view.zoom < label.minZoom) continue
    c.font = `${label.weight} ${label.size}px ${family}`
    const width = c.measureText(label.text).width
    if (label.roomM > 0 && width > label.roomM * view.pixelsPerMetre * 0.95) continue
    const box = freeBox(label, width, view, taken)
    if (!box) continue
    taken.push(box)
    c.save()
    c.translate(box.x, box.y)
    c.rotate(box.angle)
    c.strokeStyle = palette['m-halo']
    c.strokeText(label.text, 0, 0)
    c.fillStyle = label.weight === 500 ? palette['ink-2'] : palette['m-label']
    c.fillText(label.text, 0, 0)
    c.restore()
  }
}

/** The first of the label's spots, each with its nudges, that nothing else has taken. */
function freeBox(label: Label, width: number, view: LabelView, taken: readonly Box[]): TurnedBox | undefined {
  const angle = label.roomM > 0 ? upright(label.angle - view.turn) : label.angle
  for (const [longitude, latitude] of label.spots) {
    const { x, y } = view.project(longitude, latitude)
    if (x < -80 || y < -80 || x > view.width + 80 || y > view.height + 80) continue
    for (const nudge of label.nudgesPx) {
      const box = boxOf(x, y + nudge, width + 8, label.size + 6, angle)
      const free = taken.every((b) => Math.abs(b.x - box.x) >= b.rx + box.rx || Math.abs(b.y - box.y) >= b.ry + box.ry)
      if (free) return box
    }
  }
  return undefined
}

interface TurnedBox extends Box {
  readonly angle: number
}

function boxOf(x: number, y: number, width: number, height: number, angle: number): TurnedBox {
  const cos = Math.abs(Math.cos(angle))
  const sin = Math.abs(Math.sin(angle))
  return { x, y, angle, rx: (width * cos + height * sin) / 2, ry: (width * sin + height * cos) / 2 }
}

/** The same line, so that what is written along it does not stand on its head. */
function upright(angle: number): number {
  const turned = Math.atan2(Math.sin(angle), Math.cos(angle))
  if (turned > Math.PI / 2) return turned - Math.PI
  return turned <= -Math.PI / 2 ? turned + Math.PI : turned
}
