import { setTimeout as wait } from 'node:timers/promises'
import type { LiveView } from '@quartier/contracts/api'
import { type BenchPlatform, type StartPlatform, withPlatform } from './bench-platform.ts'
import { type Child, startChild } from './bench-process.ts'
import type { BenchRow } from './bench-row.ts'
import type { ClientsJob, ClientsResult } from './live-clients.ts'
import { createLiveDistrict, type LiveDistrict, PASSWORD, personName, prepareLiveDistrict, SOCKETS_OF_ONE } from './live-district.ts' // biome-ignore format: one line
import { measureLivePage } from './live-page.ts'
import type { ProbeJob, ProbeResult } from './live-probe.ts'
import { lookAt, openSocket, signIn } from './live-socket.ts'
import { usageOf } from './process-usage.ts'

const DASHBOARDS = 1000
const CLIENT_PROCESSES = 2
/** Beside the dashboards: the probe, the searches and the reconnecting. */
const OTHERS = 3
const PEOPLE = Math.ceil(DASHBOARDS / (SOCKETS_OF_ONE - 2)) + OTHERS
const RECONNECTS = 20
const SETTLE_S = 8
const READY_MS = 300_000
/** What somebody types who looks for something. */
const WORDS = ['lift', 'chiller ch-2', 'gateway gw-14', 'lamp', 'meter power', 'saffron', 'packc17-3', 'ahu supply']

export interface LiveBenchOptions {
  readonly quick: boolean
  readonly seconds: number
  readonly startPlatform: StartPlatform
  readonly onProgress?: (line: string) => void
}

/**
 * The live service under 130,000 readings/s of 650,000 series, with the generator, the platform and all dashboards on this
 * machine. What dashboards cost is the difference that they make to the command centre's own CPU: without them, with them,
 * and without them again.
 */
export async function runLiveBench(options: LiveBenchOptions): Promise<BenchRow[]> {
  const { quick, startPlatform, onProgress: say = () => {} } = options
  const district = createLiveDistrict(quick)
  const seconds = Math.max(options.seconds, quick ? 10 : 30)
  const prepare = async (logFolder: string) => {
    say(`registering ${district.model.series.length.toLocaleString('en')} series`)
    await prepareLiveDistrict(logFolder, district, PEOPLE)
  }
  return await withPlatform({ startPlatform }, { commandCenter: true, prepare }, async (platform) => {
    await ready(platform.url)
    const bench = new LiveBench(platform, district, seconds, say)
    try {
      return await bench.run()
    } finally {
      bench.stop()
    }
  })
}

interface Phase {
  readonly cores: number
  readonly residentBytes: number
  readonly probes: ProbeResult
}

class LiveBench {
  readonly #platform: BenchPlatform
  readonly #district: LiveDistrict
  readonly #seconds: number
  readonly #say: (line: string) => void
  readonly #children: Child[] = []

  constructor(platform: BenchPlatform, district: LiveDistrict, seconds: number, say: (line: string) => void) {
    this.#platform = platform
    this.#district = district
    this.#seconds = seconds
    this.#say = say
  }

  async run(): Promise<BenchRow[]> {
    const { mqttPort } = this.#platform
    // Until everything is over: open loop.
    const loads = this.#district.jobs(mqttPort, 86_400).map((job) => {
      const child = startChild('./generator.ts')
      this.#children.push(child)
      child.send(job)
      return child
    })
    await Promise.all(loads.map((child) => child.next((m): m is 'connected' => m === 'connected')))
    this.#say(`${this.#district.rate.toLocaleString('en')} readings/s: warming up`)
    await wait(SETTLE_S * 2000)

    const first = await this.#phase('without dashboards')
    const clients = await this.#dashboards()
    const full = await this.#phase(`with ${DASHBOARDS} dashboards`)
    const told = await Promise.all(clients.map((client) => stopped<ClientsResult>(client, 'ticks')))
    await wait(SETTLE_S * 1000)
    const last = await this.#phase('without them again')

    const reconnects = await this.#reconnects()
    const searches = await this.#searches()
    const rows = rowsOf({ first, full, last, told, reconnects, searches, district: this.#district })
    return [...rows, ...(await this.#page())]
  }

  stop(): void {
    for (const child of this.#children) child.kill()
  }

  async #phase(what: string): Promise<Phase> {
    const probe = startChild('./live-probe.ts')
    this.#children.push(probe)
    const { url, mqttPort } = this.#platform
    const view = this.#near(1)
    probe.send({ url, person: personName(PEOPLE - 1), mqttPort, view } satisfies ProbeJob)
    await probe.next((m): m is 'looking' => m === 'looking')
    const pid = this.#platform.pids().find(({ name }) => name === 'command-center')?.pid as number
    const before = usageOf(pid).cpuSeconds
    const beganAt = performance.now()
    let residentBytes = 0
    let samples = 0
    while (performance.now() - beganAt < this.#seconds * 1000) {
      await wait(500)
      residentBytes += usageOf(pid).residentBytes
      samples++
    }
    const cores = (usageOf(pid).cpuSeconds - before) / ((performance.now() - beganAt) / 1000)
    const probes = await stopped<ProbeResult>(probe, 'latencies')
    probe.kill()
    const p99 = Math.round(quantile(probes.latencies, 0.99))
    this.#say(`${what}: ${cores.toFixed(2)} cores of the command centre, sensor to frame p99 ${p99} ms`)
    return { cores, residentBytes: residentBytes / samples, probes }
  }

  /** Opens all dashboards; resolves when each has its first picture. */
  async #dashboards(): Promise<Child[]> {
    const { url } = this.#platform
    const views = viewsOver(this.#district)
    const people = Array.from({ length: PEOPLE - OTHERS }, (_, i) => personName(i))
    const share =
      (n: number) =>
      <T>(_: T, i: number) =>
        i % CLIENT_PROCESSES === n
    return await Promise.all(
      Array.from({ length: CLIENT_PROCESSES }, async (_, n) => {
        const child = startChild('./live-clients.ts')
        this.#children.push(child)
        child.send({ url, people: people.filter(share(n)), views: views.filter(share(n)) } satisfies ClientsJob)
        await child.next((m): m is 'looking' => m === 'looking')
        return child
      }),
    )
  }

  /** From a connection that is gone to a whole picture of thousands of sensors, ms. */
  async #reconnects(): Promise<{ times: number[]; series: number }> {
    const { url } = this.#platform
    const cookie = await signIn(url, personName(PEOPLE - 2))
    const times: number[] = []
    let series = 0
    for (let i = 0; i < RECONNECTS; i++) {
      const beganAt = performance.now()
      const socket = await openSocket(url, cookie)
      const { tiles } = await lookAt(socket, this.#near(1 + i))
      times.push(performance.now() - beganAt)
      series = tiles.reduce((sum, tile) => sum + (tile.level === 'sensors' ? tile.series : 0), 0)
      socket.close()
    }
    return { times, series }
  }

  /** Each letter that somebody types asks anew, ms. */
  async #searches(): Promise<number[]> {
    const { url } = this.#platform
    const cookie = await signIn(url, personName(PEOPLE - 3))
    const times: number[] = []
    for (const word of [...WORDS, ...WORDS])
      for (let letters = 2; letters <= word.length; letters++) {
        const beganAt = performance.now()
        const query = new URLSearchParams({ text: word.slice(0, letters) })
        const answer = await fetch(`${url}/api/search?${query}`, { headers: { cookie } })
        await answer.text()
        if (!answer.ok) throw new Error(`search: ${answer.status}`)
        times.push(performance.now() - beganAt)
      }
    return times
  }

  /** What a browser makes of it, under the same load. */
  async #page(): Promise<BenchRow[]> {
    const person = { name: personName(PEOPLE - 3), password: PASSWORD }
    const { spot } = this.#district
    return await measureLivePage({
      ...{ url: this.#platform.url, ...person, spot, seconds: this.#seconds, onProgress: this.#say },
    })
  }

  #near(view: number): LiveView {
    return { view, level: 'sensors', bbox: around(this.#district.spot, 5) }
  }
}

/** One in four sees all of the district, half of them assets somewhere, one in four the sensors of a corner. */
function viewsOver({ model }: LiveDistrict): LiveView[] {
  return Array.from({ length: DASHBOARDS }, (_, i) => {
    const at = model.assets[Math.floor(((i + 0.5) / DASHBOARDS) * model.assets.length)]
    const spot = [at?.longitude ?? 0, at?.latitude ?? 0] as const
    if (i % 4 === 0) return { view: 1, level: 'district' }
    return i % 4 === 1
      ? { view: 1, level: 'sensors', bbox: around(spot, 10) }
      : { view: 1, level: 'assets', bbox: around(spot, 30) }
  })
}

/** A box of this half width, metres. */
function around([longitude, latitude]: readonly [number, number], m: number): [number, number, number, number] {
  const dy = m / 111_000
  const dx = dy / Math.cos((latitude * Math.PI) / 180)
  return [longitude - dx, latitude - dy, longitude + dx, latitude + dy]
}

interface Measured {
  readonly first: Phase
  readonly full: Phase
  readonly last: Phase
  readonly told: readonly ClientsResult[]
  readonly reconnects: { readonly times: readonly number[]; readonly series: number }
  readonly searches: readonly number[]
  readonly district: LiveDistrict
}

function rowsOf({ first, full, last, told, reconnects, searches, district }: Measured): BenchRow[] {
  const alone = [...first.probes.latencies, ...last.probes.latencies]
  const rate = `${Math.round(district.rate / 1000)},000 readings/s over ${district.model.series.length.toLocaleString('en')} series`
  const missing = first.probes.missing + last.probes.missing
  const without = (first.cores + last.cores) / 2
  const seconds = told[0]?.seconds ?? 1
  const sum = (of: (t: ClientsResult) => number) => told.reduce((n, t) => n + of(t), 0)
  const levels = ['district', 'assets', 'sensors'].map((level) => `${sum((t) => t.levels[level] ?? 0)} ${level}`)
  const perDashboard = (full.residentBytes - Math.min(first.residentBytes, last.residentBytes)) / DASHBOARDS
  return [
    {
      name: 'sensor → live tick at a client, p99',
      value: missing > 0 ? Number.POSITIVE_INFINITY : quantile(alone, 0.99),
      unit: 'ms',
      spread: [quantile(alone, 0.5), quantile(alone, 1)],
      must: 600,
      reach: 400,
      smaller: true,
      note: `${rate}; from the instant at which it was due to leave; the spread is the median and the maximum of ${alone.length} probes, ${missing} never seen; ${first.probes.series.toLocaleString('en')} sensors in view; with ${DASHBOARDS} dashboards beside it ${Math.round(quantile(full.probes.latencies, 0.99))} ms`,
    },
    {
      name: `server CPU for ${DASHBOARDS} dashboards at 4 Hz`,
      value: full.cores - without,
      unit: 'cores',
      must: 0.4,
      reach: 0.2,
      smaller: true,
      note: `${full.cores.toFixed(2)} cores of the command centre with them, ${first.cores.toFixed(2)} before and ${last.cores.toFixed(2)} after; views: ${levels.join(', ')}; ${Math.round(sum((t) => t.ticks) / seconds).toLocaleString('en')} ticks/s, ${(sum((t) => t.bytes) / seconds / 1e6).toFixed(1)} MB/s`,
    },
    {
      name: 'server memory of a dashboard',
      value: perDashboard / 1e6,
      unit: 'MB',
      must: 1,
      reach: 0.3,
      smaller: true,
      note: `resident memory with ${DASHBOARDS} of them less that without`,
    },
    {
      name: 'reconnecting → fresh picture, p99',
      value: quantile(reconnects.times, 0.99),
      unit: 'ms',
      spread: [quantile(reconnects.times, 0.5), quantile(reconnects.times, 1)],
      must: 1000,
      reach: 500,
      smaller: true,
      note: `${reconnects.times.length} times, ${reconnects.series.toLocaleString('en')} sensors in view, under the same load; the spread is the median and the maximum`,
    },
    {
      name: 'search: letter → results over HTTP, p99',
      value: quantile(searches, 0.99),
      unit: 'ms',
      spread: [quantile(searches, 0.5), quantile(searches, 1)],
      must: 200,
      reach: 50,
      smaller: true,
      note: `${searches.length} questions as somebody types them, under the same load; the spread is the median and the maximum`,
    },
  ]
}

const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Tells a child to stop; resolves to what it found. */
async function stopped<T>(child: Child, holds: keyof T): Promise<T> {
  const answer = child.next((m): m is T => typeof m === 'object' && m !== null && holds in m)
  child.send('stop')
  return await answer
}

async function ready(url: string): Promise<void> {
  const until = performance.now() + READY_MS
  for (;;) {
    const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: { projection: string } }
    if (parts.projection === 'ready') return
    if (performance.now() > until) throw new Error(`the command centre is not ready after ${READY_MS} ms`)
    await wait(100)
  }
}
