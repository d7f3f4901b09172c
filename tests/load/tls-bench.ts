import { openAuthority } from '@quartier/contracts/authority'
import { type HandedOut, type Issuer, letIn } from '@quartier/contracts/devices'
import { foldersOf } from '@quartier/contracts/engines'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { allStored, type BenchPlatform, type StartPlatform, withPlatform } from './bench-platform.ts'
import { cpuOf, generate, startChild } from './bench-process.ts'
import { type BenchRow, median, rowOf } from './bench-row.ts'
import type { LoadJob } from './generator.ts'
import type { HandshakeJob, HandshakeResult } from './handshake-client.ts'
import type { LoadFormat } from './load-messages.ts'
import type { Login } from './mqtt-wire.ts'

export interface TlsBenchOptions {
  readonly startPlatform: StartPlatform
  readonly seconds: number
  readonly runs: number
  readonly onProgress?: (line: string) => void
}

interface Case {
  readonly name: string
  readonly format: LoadFormat
  readonly readings: number
  readonly onePerSegment: boolean
  readonly bound?: { readonly must: number; readonly reach: number }
}

const BOUND = { must: 0.6, reach: 0.8 }
const CASES: readonly Case[] = [
  { name: 'QoS 1 single JSON, pipelined', format: 'json', readings: 1, onePerSegment: false, bound: BOUND },
  { name: 'the same, one packet per TLS record', format: 'json', readings: 1, onePerSegment: true, bound: BOUND },
  { name: 'packs of 20, binary', format: 'pack', readings: 20, onePerSegment: false, bound: BOUND },
]
const SOURCE = 'bench'
const AT_ONCE = 8

/**
 * What TLS costs: telemetry through it against the same telemetry in the clear, one after the other on one platform, in
 * readings per CPU-second of all our processes through to stored; and handshakes per CPU-second of the gateway.
 */
export async function runTlsBench(options: TlsBenchOptions): Promise<BenchRow[]> {
  const say = options.onProgress ?? (() => {})
  const settings = { gateway: { tls: { port: 0, host: '127.0.0.1', handshakesPerSecond: 100_000 }, limits: LIMITS } }
  return await withPlatform(options, { commandCenter: false, settings }, async (platform) => {
    const known = await letInAll(platform.data)
    const rows: BenchRow[] = []
    for (const resume of [false, true]) rows.push(await handshakes(platform, known, resume, options, say))
    const held = { readings: 0 }
    for (const c of CASES) rows.push(await telemetry(platform, known, c, options, held, say))
    return rows
  })
}

/** Rates that are not measured here. */
const LIMITS = { flapConnects: 1_000_000, acceptPerSecond: 100_000 }

interface Known {
  readonly ca: string
  readonly login: Login
  readonly device: HandedOut
}

async function letInAll(data: string): Promise<Known> {
  const records = await openSqliteRecords({ path: foldersOf(data).records })
  const authority = openAuthority(foldersOf(data).tls, Date.now())
  const issuer: Issuer = {
    principals: records.principals,
    authority: () => authority,
    now: Date.now(),
    validMs: 86_400_000,
  }
  const service = { kind: 'service', source: SOURCE, devices: ['*'] } as const
  const [token, device] = await letIn(issuer, [
    { ...service, name: SOURCE, credential: 'token' },
    { ...service, name: 'device', credential: 'certificate' },
  ])
  await records.close()
  const login = { username: SOURCE, password: token?.secret ?? '' }
  return { ca: authority.certificate, login, device: device as HandedOut }
}

async function telemetry(
  platform: BenchPlatform,
  known: Known,
  c: Case,
  { runs, seconds }: TlsBenchOptions,
  held: { readings: number },
  say: (line: string) => void,
): Promise<BenchRow> {
  let begun = 0
  const measure = async (secure: boolean, length: number) => {
    const job: LoadJob = {
      port: secure ? platform.mqttsPort : platform.mqttPort,
      connections: 200,
      streamsPerConnection: 10,
      format: c.format,
      readings: c.readings,
      source: SOURCE,
      devicePrefix: `${CASES.indexOf(c)}-`,
      startAt: Date.now() - 3_600_000 * (2 + 0.5 * (runs * 2 - begun++)),
      stepMs: 1,
      window: 100,
      onePerSegment: c.onePerSegment,
      seconds: length,
      login: known.login,
      tls: secure ? { ca: known.ca } : undefined,
    }
    const pids = platform.pids().map((p) => p.pid)
    const before = cpuOf(pids)
    const loaded = await generate(job, () => pids)
    held.readings += loaded.readings
    await allStored(platform.store, held.readings)
    return loaded.readings / (cpuOf(pids) - before)
  }
  await measure(false, 1)
  const plain: number[] = []
  const secure: number[] = []
  for (let run = 0; run < runs; run++) {
    plain.push(await measure(false, seconds))
    secure.push(await measure(true, seconds))
    say(
      `${c.name}: ${Math.round(plain.at(-1) as number)} plain, ${Math.round(secure.at(-1) as number)} through TLS, per CPU-second`,
    )
  }
  const ratios = secure.map((s, i) => s / (plain[i] as number))
  const note = `${Math.round(median(secure)).toLocaleString('en')} readings per CPU-second through to stored, ${Math.round(median(plain)).toLocaleString('en')} in the clear`
  return rowOf({ name: `${c.name}: TLS against plain TCP`, unit: '×', ...c.bound, note }, ratios)
}

async function handshakes(
  platform: BenchPlatform,
  { ca, device }: Known,
  resume: boolean,
  { runs, seconds }: TlsBenchOptions,
  say: (line: string) => void,
): Promise<BenchRow> {
  const gateway = platform
    .pids()
    .filter((p) => p.name === 'gateway')
    .map((p) => p.pid)
  const rates: number[] = []
  let both = 0
  for (let run = 0; run < runs; run++) {
    const job: HandshakeJob = {
      port: platform.mqttsPort,
      ca,
      certificate: device.certificate ?? '',
      key: device.key ?? '',
      atOnce: AT_ONCE,
      seconds: Math.min(seconds, 5),
      resume,
    }
    const client = startChild('./handshake-client.ts')
    try {
      client.send(job)
      await client.next((m): m is 'connected' => m === 'connected')
      const before = cpuOf(gateway)
      const result = await client.next(isResult)
      const cpu = cpuOf(gateway) - before
      if (resume && result.resumed < result.handshakes)
        throw new Error(`only ${result.resumed} of ${result.handshakes} were resumed`)
      rates.push(result.handshakes / cpu)
      both = ((cpu + result.cpuSeconds) / result.handshakes) * 1_000
      say(
        `${resume ? 'resumed' : 'full'}: ${Math.round(rates.at(-1) as number)} per CPU-second of the gateway, ${both.toFixed(2)} ms of both sides`,
      )
    } finally {
      client.kill()
    }
  }
  const note = `handshake, login and close of a device with a certificate (ECDSA P-256); ${both.toFixed(1)} ms of CPU on both sides together`
  return rowOf(
    { name: `mutual TLS, ${resume ? 'resumed' : 'full'} handshakes of a gateway`, unit: '/CPU-s', note },
    rates,
  )
}

const isResult = (m: unknown): m is HandshakeResult => typeof (m as { handshakes?: unknown }).handshakes === 'number'
