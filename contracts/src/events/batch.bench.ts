import { test } from 'vitest'
import { decodeEventBatch, encodeEventBatch } from './batch.ts'
import { EventBuilder } from './builder.ts'
import type { NewEvent } from './event.ts'
import { hashEventId } from './identity.ts'

/**
 * What one event costs in the gateway (gathering and encoding) and in ingest (until its id, time, kind and device can be
 * looked at), as columns and as JSON. docs/adr/0020-events.md cites it.
 */
const ROWS = 2000
const AT = 1_790_000_000_000

const events: NewEvent[] = Array.from({ length: ROWS }, (_, i) => ({
  device: `camera-${i % 200}`,
  kind: 'line-crossed',
  measuredAt: AT + i,
  attributes: { line: 'north gate', direction: 'in', objectClass: 'person', count: i },
}))
const texts = events.map((e) => JSON.stringify(e.attributes))
const ids = new Uint32Array(4)

function columns(builder: EventBuilder): Uint8Array {
  for (const [i, event] of events.entries())
    builder.add(`bench/${event.device}`, event, texts[i] as string, {
      measuredAt: event.measuredAt,
      receivedAt: AT,
      quality: 0,
    })
  const bytes = encodeEventBatch({ columns: builder.columns, counts: [] })
  builder.clear()
  return bytes
}

function lines(): Uint8Array {
  const list = events.map((e, i) => {
    const owner = `bench/${e.device}`
    hashEventId(`${owner}\n${e.kind}\nt${e.measuredAt}\n${texts[i]}`, ids, 0)
    const id = [...ids].map((n) => n.toString(16).padStart(8, '0')).join('')
    return { id, owner, ...e, receivedAt: AT, severity: 'info', quality: 0, dataClass: 'none' }
  })
  return Buffer.from(JSON.stringify(list))
}

test('columns and JSON', () => {
  const builder = new EventBuilder()
  const asColumns = columns(builder)
  const asLines = lines()
  const row = (name: string, bytes: number, work: () => void) => {
    const ns = fastest(work) / ROWS
    process.stdout.write(
      `${name.padEnd(24)} ${ns.toFixed(0).padStart(6)} ns an event, ${(bytes / ROWS).toFixed(0)} bytes\n`,
    )
  }
  row('columns, gateway', asColumns.length, () => columns(builder))
  row('columns, ingest', asColumns.length, () => decodeEventBatch(asColumns))
  row('JSON, gateway', asLines.length, () => lines())
  row('JSON, ingest', asLines.length, () => JSON.parse(Buffer.from(asLines).toString()))
})

/** Of many rounds, ns. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 200; i++) {
    const began = process.hrtime.bigint()
    work()
    best = Math.min(best, Number(process.hrtime.bigint() - began))
  }
  return best
}
