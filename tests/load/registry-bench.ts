import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import { loadEngines, openRecords } from '@quartier/contracts/engines'
import { type BenchRow, rowOf } from './bench-row.ts'
import { endedChildrenCpuSeconds, usageOf } from './process-usage.ts'
import type { StartServer } from './state-bench.ts'

const SERIES = 650_000
const ZONES = 20
const BUILDINGS = 400
const FEEDERS = 20
const SWITCHES = 200
const GATEWAYS = 2_000
const PROPERTIES = ['supply-temperature', 'return-temperature', 'co2', 'occupancy', 'power', 'energy', 'humidity', 'state', 'flow', 'pressure', 'vibration', 'speed', 'door'] // biome-ignore format: a list
const KINDS = ['air-handler', 'luminaire', 'meter', 'pump', 'lift', 'door', 'chiller', 'traffic-detector']
const TRADES = ['Harbour', 'Market', 'Palm', 'Pearl', 'Lagoon', 'Garden', 'Tower', 'Stadium', 'Museum', 'Souq']
const LIMIT_MS = 300_000
const PASSWORD = 'bench of the registry'
const JSON_TYPE = { 'content-type': 'application/json' }

export interface RegistryBenchOptions {
  readonly quick: boolean
  readonly runs: number
  readonly startServer: StartServer
  /** Runs `quartier import` on an installation. */
  readonly importFile: (file: string, data: string) => Promise<void>
  readonly onProgress?: (line: string) => void
}

/**
 * 650,000 series with their assets, places and topology from one CSV file through the program `quartier import`, and then
 * searches of every kind through the HTTP interface of a command-center server, one after the other.
 */
export async function runRegistryBench(options: RegistryBenchOptions): Promise<BenchRow[]> {
  const { quick, runs, startServer, importFile, onProgress: say = () => {} } = options
  const series = quick ? SERIES / 10 : SERIES
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-registry-'))
  try {
    const file = join(folder, 'district.csv')
    await pipeline(Readable.from(linesOf(series)), createWriteStream(file))
    const imports: number[] = []
    const cpu: number[] = []
    for (let run = 0; run < runs; run++) {
      const data = join(folder, `data-${run}`)
      const began = performance.now()
      const cpuBefore = endedChildrenCpuSeconds()
      await importFile(file, data)
      cpu.push(endedChildrenCpuSeconds() - cpuBefore)
      imports.push((performance.now() - began) / 1000)
      say(`imported in ${imports.at(-1)?.toFixed(1)} s, ${cpu.at(-1)?.toFixed(1)} s of CPU`)
      if (run < runs - 1) rmSync(data, { recursive: true, force: true })
    }
    const found = await search(join(folder, `data-${runs - 1}`), series, startServer, say)
    return rowsOf(series, imports, cpu, found)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Found {
  readonly times: ReadonlyMap<string, readonly number[]>
  readonly residentBytes: number
}

async function search(
  data: string,
  series: number,
  startServer: StartServer,
  say: (line: string) => void,
): Promise<Found> {
  const records = await openRecords(loadEngines({}), { dataDir: data })
  const person = { displayName: 'Bench', role: 'viewer', zones: [], enabled: true, language: 'en' } as const
  await records.users.put({ name: 'bench', ...person }, PASSWORD)
  const { series: registered } = await records.registry.counts()
  await records.close()
  if (registered !== series) throw new Error(`the registry holds ${registered} of ${series} series`)
  const server = await startServer({ data })
  try {
    await ready(server.url)
    const cookie = await signIn(server.url)
    const times = new Map<string, number[]>()
    for (const [kind, query, holds] of questions(series)) {
      const began = performance.now()
      const answer = await fetch(`${server.url}/api/series?${new URLSearchParams(query)}`, { headers: { cookie } })
      const text = await answer.text()
      const ms = performance.now() - began
      if (!answer.ok || (holds && !text.includes(holds))) throw new Error(`${JSON.stringify(query)}: ${text.slice(0, 200)}`) // biome-ignore format: one line
      times.set(kind, [...(times.get(kind) ?? []), ms])
    }
    for (const [kind, ms] of times) say(`${kind}: p50 ${quantile(ms, 0.5).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)} ms`) // biome-ignore format: one line
    return { times, residentBytes: usageOf(server.pid).residentBytes }
  } finally {
    await server.stop()
  }
}

async function ready(url: string): Promise<void> {
  const began = performance.now()
  while ((await fetch(`${url}/readyz`).then((r) => r.json() as Promise<Ready>)).parts.projection !== 'ready') {
    if (performance.now() - began > LIMIT_MS) throw new Error(`the command centre is not ready after ${LIMIT_MS} ms`)
    await wait(100)
  }
}

interface Ready {
  readonly parts: { readonly projection: string }
}

async function signIn(url: string): Promise<string> {
  const body = JSON.stringify({ name: 'bench', password: PASSWORD })
  const answer = await fetch(`${url}/api/session`, { method: 'POST', headers: JSON_TYPE, body })
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}

type Question = readonly [kind: string, query: Record<string, string>, holds?: string]

/** Seeded, each kind in turn: what people type and pick, and what machines ask. */
function questions(series: number): Question[] {
  const random = seeded(7)
  const any = (n: number) => Math.floor(random() * n)
  return Array.from({ length: 200 }, () => {
    const d = any(series / PROPERTIES.length)
    const key = keyOf(d, any(PROPERTIES.length))
    const property = PROPERTIES[any(PROPERTIES.length)] as string
    const kind = KINDS[any(KINDS.length)] as string
    const zone = `z-${any(ZONES)}`
    return [
      ['by name', { text: nameOf(d) }, keyOf(d, 0)],
      ['by id', { text: seriesIdText(seriesIdOf(key)) }, key],
      ['by key', { text: key }, key],
      ['by kind', { kind }, `"source":"city"`],
      ['by zone', { zoneId: zone }],
      ['by zone, kind and property', { zoneId: zone, kind, property }],
      ['by the beginning of a word', { text: `${TRADES[any(TRADES.length)]} ${property.slice(0, 3)}`.toLowerCase() }],
      ['by a piece of a word', { text: `${key.slice(-5)} ${String(d).slice(-3).padStart(3, '0')}` }],
      ['by a piece, in a zone', { text: property.slice(1, 4), zoneId: zone }],
      ['by what hangs on a switch', { under: `sw-${any(SWITCHES)}` }, `"source":"city"`],
      ['by what hangs on a feeder', { under: `f-${any(FEEDERS)}`, property }],
      ['by what is not there', { text: `absent ${any(1000)}` }],
    ] as Question[]
  }).flat()
}

const keyOf = (d: number, p: number): string => `city/${KINDS[d % KINDS.length]}-${String(d).padStart(6, '0')}/${PROPERTIES[p]}` // biome-ignore format: one line
const nameOf = (d: number): string => `${TRADES[d % TRADES.length]} ${KINDS[d % KINDS.length]?.replace('-', ' ')} ${String(d).padStart(6, '0')}` // biome-ignore format: one line

const HEADER = 'key,unit,interval_ms,valid_min,valid_max,asset,asset_kind,asset_name,asset_parent,place,place_kind,place_name,place_parent,longitude,latitude\n' // biome-ignore format: one line

/** Zones, buildings, feeders, switches and gateways, and then the series of all devices. */
function* linesOf(series: number): Iterable<string> {
  yield HEADER
  const at = (n: number) => `${(51.5 + (n % 400) / 1e4).toFixed(4)},${(25.3 + (n % 311) / 1e4).toFixed(4)}`
  const thing = (id: string, kind: string, name: string, parent: string, n: number) =>
    `,,,,,${id},${kind},${name},${parent},b-${n % BUILDINGS},,,,${at(n)}\n`
  for (let z = 0; z < ZONES; z++) yield `,,,,,,,,,z-${z},zone,Quarter ${z},,${at(z)}\n`
  for (let b = 0; b < BUILDINGS; b++) yield `,,,,,,,,,b-${b},building,${TRADES[b % TRADES.length]} house ${b},z-${b % ZONES},${at(b)}\n` // biome-ignore format: one line
  for (let f = 0; f < FEEDERS; f++) yield thing(`f-${f}`, 'feeder', `Feeder ${f}`, '', f)
  for (let s = 0; s < SWITCHES; s++) yield thing(`sw-${s}`, 'switch', `Switch ${s}`, `f-${s % FEEDERS}`, s)
  for (let g = 0; g < GATEWAYS; g++) yield thing(`gw-${g}`, 'gateway', `Gateway ${g}`, `sw-${g % SWITCHES}`, g)
  let block = ''
  for (let n = 0; n < series; n++) {
    const d = Math.floor(n / PROPERTIES.length)
    const kind = KINDS[d % KINDS.length]
    const asset = `${kind}-${String(d).padStart(6, '0')},${kind},${nameOf(d)},gw-${d % GATEWAYS}`
    block += `${keyOf(d, n % PROPERTIES.length)},Cel,60000,-50,100,${asset},b-${d % BUILDINGS},,,,${at(d)}\n`
    if (block.length < 65_536 && n < series - 1) continue
    yield block
    block = ''
  }
}

/** Mulberry32: the same questions in every run. */
function seeded(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}

function rowsOf(
  series: number,
  imports: readonly number[],
  cpu: readonly number[],
  { times, residentBytes }: Found,
): BenchRow[] {
  const all = [...times.values()].flat()
  const worst = [...times].map(([kind, ms]) => [kind, quantile(ms, 0.99)] as const).sort((a, b) => b[1] - a[1])[0]
  const among = `among ${series.toLocaleString('en')} series, by HTTP`
  const importing = `import of ${series.toLocaleString('en')} series with assets and topology`
  const note = 'from the start of the program until everything is in the registry and announced to the log'
  const slowest = `slowest kind of question ${among}, p99`
  return [
    rowOf({ name: importing, unit: 's', must: 60, reach: 20, smaller: true, note }, imports),
    rowOf({ name: 'CPU of that import, all threads', unit: 's', smaller: true }, cpu),
    { name: `search ${among}, p50`, value: quantile(all, 0.5), unit: 'ms', smaller: true },
    { name: `search ${among}, p99`, value: quantile(all, 0.99), unit: 'ms', must: 100, reach: 20, smaller: true },
    { name: slowest, value: worst?.[1] ?? 0, unit: 'ms', must: 100, reach: 20, smaller: true, note: worst?.[0] ?? '' },
    ...[...times].map(([kind, ms]) => ({
      name: `search ${kind}, p99`,
      value: quantile(ms, 0.99),
      unit: 'ms',
      smaller: true,
      note: `p50 ${quantile(ms, 0.5).toFixed(1)} ms, slowest ${Math.max(...ms).toFixed(1)} ms of ${ms.length}`,
    })),
    { name: 'memory of the command centre after it', value: residentBytes / 1e6, unit: 'MB', smaller: true },
  ]
}
