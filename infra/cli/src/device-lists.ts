import type { Credential } from '@quartier/contracts/records'
import { type Installation, withRecords } from './installation.ts'
import { table } from './table.ts'

/** Prints everybody who may speak MQTT, and by what each is known. */
export async function listDevices(options: Installation & { json: boolean }): Promise<void> {
  const { principals, credentials } = await withRecords(options, async (records) => ({
    principals: await records.principals.list(),
    credentials: Map.groupBy(await records.principals.credentials(), (c) => c.principal),
  }))
  const rows = principals.map((p) => ({ ...p, credentials: credentials.get(p.name) ?? [] }))
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
  else
    table(
      rows.map((p) => ({
        name: p.name,
        kind: p.kind,
        source: p.source,
        devices: p.devices.join(' '),
        'known by': knownBy(p.credentials),
        state: p.enabled ? 'enabled' : 'disabled',
      })),
    )
}

function knownBy(credentials: readonly Credential[]): string {
  const good = credentials.filter((c) => c.revokedAt === null)
  const newest = good[0]
  if (!newest) return credentials.length > 0 ? 'nothing: revoked' : 'password'
  const until = newest.expiresAt === null ? '' : ` until ${day(newest.expiresAt)}`
  const isOver = newest.expiresAt !== null && newest.expiresAt <= Date.now()
  return `${newest.kind}${until}${isOver ? ', EXPIRED' : ''}${good.length > 1 ? ` and ${good.length - 1} older` : ''}`
}

/** Prints what happened to devices at the door, newest first. */
export async function showLog(
  device: string | undefined,
  options: Installation & { event?: string; limit: number; json: boolean },
): Promise<void> {
  const { event, limit, json } = options
  const { lines } = await withRecords(options, (records) => records.deviceLog.list({ device, event, limit }))
  if (json) for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`)
  else
    table(
      lines.map((l) => ({
        last: new Date(l.until).toISOString().slice(0, 19).replace('T', ' '),
        times: String(l.times),
        device: l.device,
        from: l.address,
        event: l.event,
        'what happened': l.detail,
      })),
    )
}

export const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
