/** Colour roles of one theme: `#rrggbb`, or `#rrggbbaa` for a wash. */
export type Colours = Readonly<Record<string, string>>

/** The colour roles that a style sheet declares under a selector. @throws when the selector is not there */
export function rolesIn(sheet: string, selector: string): Colours {
  const from = sheet.indexOf(`${selector} {`)
  if (from < 0) throw new Error(`no ${selector} in the style sheet`)
  const block = sheet.slice(from, sheet.indexOf('\n}', from))
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6,8});/g)].map(([, role, hex]) => [role, hex]))
}

const channels = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
const alphaOf = (hex: string): number => (hex.length > 7 ? Number.parseInt(hex.slice(7), 16) / 255 : 1)

/** A wash as it looks on what lies below it. */
export function over(wash: string, below: string): string {
  const alpha = alphaOf(wash)
  const base = channels(below)
  const mixed = channels(wash).map((channel, i) => Math.round(channel * alpha + base[i]! * (1 - alpha)))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

/** sRGB to linear light, 0..1 each. */
const linear = (hex: string): number[] =>
  channels(hex).map((channel) => {
    const value = channel / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })

/** Relative luminance, WCAG 2.2. */
export function luminance(hex: string): number {
  const [red, green, blue] = linear(hex)
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

/** Contrast ratio, WCAG 2.2: 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light! + 0.05) / (dark! + 0.05)
}

/** How somebody sees who lacks one kind of cone. Matrices: Machado, Oliveira, Fernandes 2009, severity 1. */
export const VISIONS = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
} as const
export type Vision = keyof typeof VISIONS

/** How far apart two colours look to somebody: CIE76 in Lab. About 2 can just be told apart side by side. */
export function distance(one: string, other: string, vision: Vision): number {
  const [a, b] = [one, other].map((hex) => lab(VISIONS[vision].map((row) => Math.max(0, dot(row, linear(hex))))))
  return Math.hypot(...a!.map((value, i) => value - b![i]!))
}

const dot = (row: readonly number[], values: readonly number[]): number =>
  row.reduce((sum, factor, i) => sum + factor * values[i]!, 0)

/** Linear sRGB to CIE Lab, D65. */
function lab(rgb: readonly number[]): number[] {
  const [x, y, z] = [
    dot([0.4124, 0.3576, 0.1805], rgb) / 0.9505,
    dot([0.2126, 0.7152, 0.0722], rgb),
    dot([0.0193, 0.1192, 0.9505], rgb) / 1.089,
  ].map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116))
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)]
}
