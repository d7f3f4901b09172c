import { z } from 'zod'
import type { EventLog } from '../event-log/port.ts'
import { type Clock, scaledClock, wallClock } from '../runtime/clock.ts'
import { CLOCK } from '../topics.ts'

/** Value of the one `clock.v1` record (JSON): how the installation's platform clock runs. */
export const clockSettingSchema = z.strictObject({
  /** What the clock showed at the real instant `startedAt`, epoch ms. */
  originAt: z.number(),
  startedAt: z.number(),
  /** Platform milliseconds in a real one; 1 is the wall clock. */
  speed: z.number().positive(),
})
export type ClockSetting = z.infer<typeof clockSettingSchema>

const KEY = 'platform'

/** Announces the clock to every service and tool of the installation. */
export async function announceClock(log: EventLog, setting: ClockSetting): Promise<void> {
  await log.append(CLOCK, [{ key: KEY, value: new TextEncoder().encode(JSON.stringify(setting)) }])
}

/** The installation's clock; the wall clock when none was announced. */
export async function readClock(log: EventLog): Promise<Clock> {
  const setting = await readClockSetting(log)
  return setting === undefined || setting.speed === 1 ? wallClock : scaledClock(setting)
}

/** What was announced last. */
export async function readClockSetting(log: EventLog): Promise<ClockSetting | undefined> {
  const record = await log.latest(CLOCK, KEY)
  return record && clockSettingSchema.parse(JSON.parse(new TextDecoder().decode(record.value)))
}
