import { z } from 'zod'

const factor = (description: string) => z.number().min(0).max(100).default(1).describe(description)

/**
 * How often things go wrong in the district and how plainly it shows, as factors of what is usual: detectors can be
 * judged on settings that their authors did not use.
 */
export const worldSettings = z.strictObject({
  failures: factor('how often machines fail'),
  incidents: factor('how often there are crashes, leaks and power cuts'),
  events: factor('how often there are concerts and markets'),
  faults: factor('how often sensors and gateways fail'),
  warning: factor('time from the first sign of a failure to the failure'),
  signs: factor('how strongly a coming failure shows'),
  noise: factor('noise of what shows it'),
})
export type WorldSettings = Readonly<z.output<typeof worldSettings>>

export const USUAL: WorldSettings = worldSettings.parse({})
