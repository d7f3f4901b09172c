/** The colour roles of tokens.css that canvases need; CSS itself reads the variables. */
export const ROLES = [
  'ground',
  'sheet',
  'sheet-2',
  'sunk',
  'ink-1',
  'ink-2',
  'ink-3',
  'ink-4',
  'line',
  'line-2',
  'hatch',
  'normal-band',
  'trace',
  'los-a',
  'los-b',
  'los-c',
  'los-d',
  'los-e',
  'los-f',
  'los-a-ink',
  'los-b-ink',
  'los-c-ink',
  'los-d-ink',
  'los-e-ink',
  'los-f-ink',
  'm-land',
  'm-fabric',
  'm-road',
  'm-block',
  'm-roof',
  'm-wall-a',
  'm-wall-b',
  'm-roofline',
  'm-water',
  'm-waterline',
  'm-park',
  'm-tree',
  'm-plaza',
  'm-plazaline',
  'm-edge',
  'm-tram',
  'm-label',
  'm-halo',
] as const
export type Role = (typeof ROLES)[number]
/** Colours of the theme in force, as `#rrggbb`. */
export type Palette = Readonly<Record<Role, string>>
export type Rgba = [number, number, number, number]

/** Reads the roles as they stand on the root element now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const entries = ROLES.map((role) => [role, style.getPropertyValue(`--${role}`).trim()] as const)
  return Object.fromEntries(entries) as Palette
}

/** `#rrggbb` to channels of 0..255. @param alpha 0..1 */
export function rgba(hex: string, alpha = 1): Rgba {
  const value = Number.parseInt(hex.slice(1, 7), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255, Math.round(alpha * 255)]
}
