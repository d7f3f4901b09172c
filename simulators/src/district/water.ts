import type { Spot } from './frame.ts'
import { DEPTH, WIDTH } from './layout.ts'

/** The bay to the north-east, counter-clockwise; its shore bends around the district's corner. */
export function bay(): Spot[] {
  const from: Spot = [WIDTH * 0.5, DEPTH + 420]
  const bend: Spot = [WIDTH + 30, DEPTH + 45]
  const to: Spot = [WIDTH + 420, DEPTH * 0.42]
  const steps = 32
  const shore = Array.from({ length: steps + 1 }, (_, i): Spot => {
    const t = i / steps
    const along = (axis: 0 | 1) => (1 - t) ** 2 * from[axis] + 2 * t * (1 - t) * bend[axis] + t * t * to[axis]
    const ripple = 5 * Math.sin(t * 21) * Math.sin(t * Math.PI)
    return [along(0) + ripple, along(1) + ripple]
  })
  return [[WIDTH + 1100, to[1]], [WIDTH + 1100, DEPTH + 1000], [from[0], DEPTH + 1000], ...shore]
}

/** An ellipse in 24 corners, counter-clockwise. */
export function ellipse([u, v]: Spot, radiusU: number, radiusV: number): Spot[] {
  return Array.from({ length: 24 }, (_, i): Spot => {
    const angle = (i * Math.PI) / 12
    return [u + radiusU * Math.cos(angle), v + radiusV * Math.sin(angle)]
  })
}
