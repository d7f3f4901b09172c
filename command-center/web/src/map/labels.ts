import { nameIn } from '../i18n/translate.ts'
import { middleOf, type Registry } from '../live/registry.ts'
import type { Language } from '../theme/preferences.ts'
import type { Palette } from '../theme/tokens.ts'

/** A name on the map, before it is known whether there is room for it. */
export interface Label {
  readonly text: string
  readonly longitude: number
  readonly latitude: number
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
    const [longitude, latitude] = middleOf(place.geometry)
    const base = { text, longitude, latitude, angle: 0, roomM: 0, weight: 400 as const, size: 11, minZoom: 0 }
    if (place.kind === 'square' || place.kind === 'park') open.push({ ...base, weight: 500, size: 12.5 })
    else if (place.kind === 'water') open.push({ ...base, size: 12, minZoom: 15 })
    else if (place.kind === 'carpark') open.push({ ...base, minZoom: 16.6 })
    else if (place.kind === 'building') buildings.push({ ...base, minZoom: 17.6 })
    else if (place.kind === 'street' && place.geometry.type === 'LineString') {
      const line = place.geometry.coordinates
      const { angle, lengthM } = straight(line[0]!, line[line.length - 1]!)
      const known = streets.get(text)
      if (known && known.lengthM >= lengthM) continue
      streets.set(text, { label: { ...base, angle, roomM: lengthM, minZoom: 15.5 }, lengthM })
    }
  }
  return [...open, ...[...streets.values()].map(({ label }) => label), ...buildings]
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
): void {
  const family = getComputedStyle(document.documentElement).getPropertyValue('--cond')
  const taken: { x: number; y: number; rx: number; ry: number }[] = []
  c.clearRect(0, 0, view.width, view.height)
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  c.lineJoin = 'round'
  c.direction = language === 'ar' ? 'rtl' : 'ltr'
  for (const { text, longitude, latitude, angle, roomM, weight, size, minZoom } of labels) {
    if (view.zoom < minZoom) continue
    const { x, y } = view.project(longitude, latitude)
    if (x < -80 || y < -80 || x > view.width + 80 || y > view.height + 80) continue
    c.font = `${weight} ${size}px ${family}`
    const width = c.measureText(text).width
    if (roomM > 0 && width > roomM * view.pixelsPerMetre * 0.95) continue
    const box = boxOf(x, y, width + 8, size + 6, angle)
    if (taken.some((b) => Math.abs(b.x - x) < b.rx + box.rx && Math.abs(b.y - y) < b.ry + box.ry)) continue
    taken.push(box)
    c.save()
    c.translate(x, y)
    c.rotate(angle)
    c.lineWidth = HALO_PX
    c.strokeStyle = palette['m-halo']
    c.strokeText(text, 0, 0)
    c.fillStyle = weight === 500 ? palette['ink-2'] : palette['m-label']
    c.fillText(text, 0, 0)
    c.restore()
  }
}

function boxOf(x: number, y: number, width: number, height: number, angle: number) {
  const cos = Math.abs(Math.cos(angle))
  const sin = Math.abs(Math.sin(angle))
  return { x, y, rx: (width * cos + height * sin) / 2, ry: (width * sin + height * cos) / 2 }
}
