import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { READINGS, SERIES } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { openEmbeddedEventReader } from '@quartier/contracts/event-store/embedded'
import { decodeFrame } from '@quartier/contracts/live'
import { Pool } from '@quartier/contracts/postgres'
import type { Records } from '@quartier/contracts/records'
import { openPostgresRecords } from '@quartier/contracts/records/postgres'
import { silentLogger, wallClock } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { Registry } from 'prom-client'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverConfig } from './config.ts'
import { type ServerHandle, start } from './server.ts'
import { batchOf, district, NORTH, PASSWORD, SOUTH, signIn } from './testing.ts'

const { QUARTIER_TEST_KAFKA: brokers, QUARTIER_TEST_POSTGRES: url } = process.env
const WAIT = { timeout: 30_000, interval: 20 }

describe.skipIf(!brokers || !url)(
  'two servers on one Kafka and one PostgreSQL (set QUARTIER_TEST_KAFKA and QUARTIER_TEST_POSTGRES to run)',
  () => {
    const name = `servers_${randomUUID().slice(0, 8)}`
    const folder = mkdtempSync(join(tmpdir(), 'quartier-servers-'))
    const opened: { log: EventLog; records: Records; server: ServerHandle }[] = []
    const sockets: Socket[] = []
    let store: TelemetryStore

    const open = async () => {
      const log = await openKafkaLog({ brokers: brokers as string, prefix: `${name}.` })
      const records = await openPostgresRecords({ url, schema: name })
      return { log, records }
    }
    const serve = async ({ log, records }: { log: EventLog; records: Records }) => {
      const events = openEmbeddedEventReader({ path: join(folder, 'events.db') })
      const deps = { log, records, store, events, clock: wallClock, logger: silentLogger, metrics: new Registry() }
      const config = serverConfig.parse({ dataDir: folder, port: 0, frameMs: 50 })
      const server = await start(deps, config)
      opened.push({ log, records, server })
      return server.info.url
    }
    const read = (log: EventLog, key: string, value: number, at = Date.now()) =>
      log.append(READINGS, [{ key: '0', partition: 0, value: batchOf([key], value, at) }])

    let north: string
    let south: string
    let log: EventLog

    beforeAll(async () => {
      store = await openEmbeddedStore({ folder: join(folder, 'store'), clock: wallClock })
      const first = await open()
      log = first.log
      await first.records.registry.importDistrict(district)
      await log.append(
        SERIES,
        district.series.map((s) => ({ key: s.key, value: Buffer.from(JSON.stringify(s)) })),
      )
      const person = { zones: [], enabled: true, language: 'en' } as const
      await first.records.users.put({ ...person, name: 'ada', displayName: 'Ada', role: 'administrator' }, PASSWORD)
      north = await serve(first)
      south = await serve(await open())
    }, 120_000)

    afterAll(async () => {
      for (const socket of sockets) socket.close()
      for (const { server } of opened) await server.stop()
      await Promise.all(opened.flatMap((o) => [o.log.close(), o.records.close()]))
      await store?.close()
      rmSync(folder, { recursive: true, force: true })
      if (!url) return
      const pool = new Pool({ url }, { name: 'test', connections: 1 })
      await pool.query(`drop schema if exists ${name} cascade`)
      await pool.close()
    }, 60_000)

    const ask = (server: string, cookie: string, path: string) => fetch(server + path, { headers: { cookie } })

    it('know whoever signed in at the other, and forget who signed out there', async () => {
      const client = await signIn(north, 'ada')
      expect((await ask(south, client.cookie, '/api/session')).status).toBe(200)
      expect((await client.fetch('/api/session', { method: 'DELETE' })).status).toBe(204)
      expect((await ask(south, client.cookie, '/api/session')).status).toBe(401)
    })

    it('push what is read to the people at either, and one that starts later shows the same at once', async () => {
      const { cookie } = await signIn(south, 'ada')
      const seen = await Promise.all(
        [north, south].map(async (server) => {
          const values: number[] = []
          const socket = io(server, { transports: ['websocket'], forceNew: true, extraHeaders: { cookie } })
          sockets.push(socket)
          socket.on('live:frame', (bytes: Buffer) => {
            const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
            values.push(...(decodeFrame(copy)?.value ?? []))
          })
          await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject))
          socket.emit('live:subscribe', { keys: [NORTH] })
          return values
        }),
      )
      await expect.poll(() => seen.every((values) => values.length > 0), WAIT).toBe(true)
      await read(log, NORTH, 42.5)
      await read(log, SOUTH, 17)
      for (const values of seen) await expect.poll(() => values.at(-1), WAIT).toBe(42.5)

      const later = await serve(await open())
      await expect.poll(async () => (await fetch(`${later}/readyz`)).status, WAIT).toBe(200)
      const last = async (server: string) => {
        const path = `/api/last?series=${encodeURIComponent(NORTH)}&series=${encodeURIComponent(SOUTH)}`
        return ((await (await ask(server, cookie, path)).json()) as { values: object[] }).values
      }
      expect(await last(later)).toMatchObject([{ value: 42.5 }, { value: 17 }])
      await expect.poll(() => last(north), WAIT).toEqual(await last(later))
    })

    it('write one audit chain, whichever of them a command comes to', async () => {
      const clients = await Promise.all([north, south].map((server) => signIn(server, 'ada')))
      const commands = clients.flatMap((client, c) =>
        Array.from({ length: 10 }, (_, n) => {
          const body = { name: `person-${c}-${n}`, displayName: 'Somebody', role: 'viewer', password: PASSWORD }
          return client.fetch('/api/people', { method: 'POST', body })
        }),
      )
      for (const answer of await Promise.all(commands)) expect(answer.status).toBe(200)
      for (const client of clients) {
        const report = (await (await client.fetch('/api/audit/verify')).json()) as { ok: boolean; records: number }
        expect(report.ok).toBe(true)
        expect(report.records).toBeGreaterThanOrEqual(40)
      }
    })
  },
)
