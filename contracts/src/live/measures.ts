import type { System } from './systems.ts'

/** What the one figure of a row is; the platform's rule for it stands in the command-center server. */
export interface Measure {
  /**
   * `share`: 0 to 1, printed in percent. `sum`, `mean` and `highest` say how the series of the row make one figure, each
   * in `unit`.
   */
  readonly kind: 'share' | 'sum' | 'mean' | 'highest'
  readonly name: string
  readonly unit: string
}

/** By the system of a tile. A system that is not named has rows without a figure. */
export const MEASURES: Readonly<Partial<Record<System, Measure>>> = {
  /** Mean speed over free speed, at most 1. */
  traffic: { kind: 'share', name: 'speed-share', unit: '' },
  transit: { kind: 'sum', name: 'passengers', unit: '' },
  /** Free bays over all bays that report. */
  parking: { kind: 'share', name: 'free-share', unit: '' },
  /** At the densest spot that is watched. */
  people: { kind: 'highest', name: 'density', unit: '1/m2' },
  environment: { kind: 'mean', name: 'pm25', unit: 'ug/m3' },
  lighting: { kind: 'mean', name: 'dimLevel', unit: '%' },
  cooling: { kind: 'sum', name: 'coolingPower', unit: 'kW' },
  energy: { kind: 'sum', name: 'power', unit: 'kW' },
  water: { kind: 'sum', name: 'flow', unit: 'm3/h' },
  waste: { kind: 'highest', name: 'fillLevel', unit: '%' },
}
