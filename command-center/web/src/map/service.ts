import type { System } from '@quartier/contracts/live'

/** Level of service, 1 (A) to 6 (F); 0 where nothing is known. */
export type Service = 0 | 1 | 2 | 3 | 4 | 5 | 6

export const SERVICE_LETTERS = ['', 'A', 'B', 'C', 'D', 'E', 'F'] as const

/** Speed over free speed above which each level holds, A first. Source: Highway Capacity Manual 2010, exhibit 16-4. */
const SPEED_SHARES = [0.85, 0.67, 0.5, 0.4, 0.3]
/**
 * People per square metre up to which each level holds, A first, where people stand and wait.
 * Source: Fruin, Pedestrian Planning and Design, queuing areas.
 */
const DENSITIES = [0.83, 1.08, 1.54, 3.6, 5.4]

/** Of a street. @param share mean speed over free speed */
export const streetService = (share: number): Service => levelOf(share, (limit) => share > limit, SPEED_SHARES)

/** Of a square. @param density people per m² */
export const squareService = (density: number): Service => levelOf(density, (limit) => density < limit, DENSITIES)

/** Of a place by its kind, out of the figures of its systems. */
export function serviceOf(kind: string, measure: (system: System) => number): Service {
  if (kind === 'street') return streetService(measure('traffic'))
  return kind === 'square' ? squareService(measure('people')) : 0
}

function levelOf(value: number, holds: (limit: number) => boolean, limits: readonly number[]): Service {
  if (Number.isNaN(value)) return 0
  const at = limits.findIndex(holds)
  return (at < 0 ? 6 : at + 1) as Service
}
