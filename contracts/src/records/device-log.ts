import type { Kysely } from 'kysely'
import type { DeviceLog } from './port.ts'
import type { Tables } from './tables.ts'

/** Lines that are held. */
export const DEVICE_LOG_LINES = 100_000
const AT_ONCE = 500

export function deviceLog(db: Kysely<Tables>): DeviceLog {
  return {
    async add(lines) {
      if (lines.length === 0) return
      await db.transaction().execute(async (trx) => {
        const { value } = await trx
          .updateTable('counters')
          .set((e) => ({ value: e('value', '+', lines.length) }))
          .where('name', '=', 'device-log')
          .returning('value')
          .executeTakeFirstOrThrow()
        const first = Number(value) - lines.length + 1
        const rows = lines.map((line, i) => ({ n: first + i, ...line }))
        for (let from = 0; from < rows.length; from += AT_ONCE)
          await trx
            .insertInto('device_log')
            .values(rows.slice(from, from + AT_ONCE))
            .execute()
        await trx
          .deleteFrom('device_log')
          .where('n', '<=', Number(value) - DEVICE_LOG_LINES)
          .execute()
      })
    },

    async list({ device, event, limit = 100, before } = {}) {
      let query = db.selectFrom('device_log').selectAll().orderBy('n', 'desc').limit(Math.min(limit, 1_000))
      if (device !== undefined) query = query.where('device', '=', device)
      if (event !== undefined) query = query.where('event', '=', event)
      if (before !== undefined) query = query.where('n', '<', before)
      const rows = await query.execute()
      const lines = rows.map(({ n: _, ...line }) => ({
        ...line,
        at: Number(line.at),
        until: Number(line.until),
        times: Number(line.times),
      }))
      const last = rows.at(-1)
      return { lines, before: last && Number(last.n) }
    },
  }
}
