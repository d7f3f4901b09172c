import type { SourceTotals } from '@quartier/contracts/ledger'
import type { DistrictModel } from '@quartier/contracts/schemas'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { createDeviceModel } from '../devices/device-model.ts'
import { createDistrict } from '../district/create-district.ts'
import { type Link, openLink } from '../mqtt/link.ts'
import type { Credentials } from '../mqtt/packets.ts'
import { mix, unit } from '../random.ts'
import { planMessages } from '../simulate/messages.ts'
import { encodeMessage } from '../simulate/payloads.ts'
import { createSchedule } from '../simulate/schedule.ts'
import { createAccount } from './account.ts'
import { createBusyDisk } from './busy-disk.ts'
import { latencyOf } from './histogram.ts'
import { createProbes } from './probes.ts'
import type { Profile } from './profile.ts'
import { judge, type LoadReport, type Machine, type Sample } from './report.ts'
import { createSender, type Sender } from './sender.ts'
import { startStallProxy } from './stall-proxy.ts'
import { createTimeline } from './timeline.ts'
import { createUsage, type Process } from './usage.ts'

export interface RunDeps {
  /** Of the MQTT gateway. */
  readonly url: string
  readonly credentials?: Credentials
  /** The store behind it. */
  readonly store: TelemetryStore
  /** What the platform's ledger says about the source of the run. */
  readonly ledger: () => Promise<SourceTotals | undefined>
  /** Processes of the platform. */
  readonly processes: () => readonly Process[]
  /** A folder on the disk of the platform, which the fault `slow-disk` keeps busy. */
  readonly folder: string
  readonly machine: Machine
  readonly version: string
  readonly commit: string
  /** Once a second. */
  readonly onProgress?: (sample: Sample, of: { readonly seconds: number; readonly sender: Sender }) => void
  readonly onStage?: (what: string) => void
  readonly signal?: AbortSignal
}

const TICK_MS = 10
const CONNECT_EVERY_MS = 2
const DRAIN_MS = 90_000

/** The district that a profile speaks of, with the interval that makes its rate, under the source of the run. */
export function districtOf(profile: Profile, source: string): DistrictModel {
  const { sensors, seed, readingsPerSecond } = profile
  const intervalMs =
    readingsPerSecond === null ? undefined : Math.max(50, Math.round((sensors / readingsPerSecond) * 1_000))
  return createDistrict({ seed, sensors, source, intervalMs })
}

/** Runs a load test and reports; `model` is {@link districtOf} the profile, known to the platform by now. */
export async function runProfile(profile: Profile, model: DistrictModel, deps: RunDeps): Promise<LoadReport> {
  const { store, signal } = deps
  const { ramp, duration } = profile
  const format = profile.format === 'own' ? undefined : profile.format
  const { messages, clientIds } = planMessages(model, profile.connections ?? undefined, {
    readingsPerMessage: profile.readingsPerMessage,
    format,
  })
  const now = () => performance.timeOrigin + performance.now()
  const timeline = createTimeline(profile)
  const needsProxy = profile.faults.some((f) => f.kind === 'stall')
  const proxy = needsProxy ? await startStallProxy(deps.url) : undefined
  const disk = createBusyDisk(deps.folder)
  const account = createAccount(model.series)
  const probes = createProbes(store, now)
  const links: Link[] = []
  const sender = createSender({
    messages,
    links: fill(clientIds.length, links),
    timeline,
    account,
    probes,
    reader: createReader(profile, model, messages),
    keyOf: (series) => model.series[series]!.key,
    now,
    probesPerSecond: profile.probesPerSecond,
  })
  deps.onStage?.(`connecting ${clientIds.length.toLocaleString('en')} gateways`)
  for (const [c, clientId] of clientIds.entries()) {
    if (signal?.aborted) break
    const url = proxy && timeline.isProxied(c) ? proxy.url : deps.url
    const onRoom = () => sender.pump(c)
    const seed = mix(profile.seed, c)
    links[c] = openLink({ url, clientId, credentials: deps.credentials, window: profile.window, seed, onRoom })
    if (c % 20 === 19) await pause(CONNECT_EVERY_MS * 20)
  }
  const patience = Date.now() + 60_000
  while (links.some((l) => !l.connected) && Date.now() < patience && !signal?.aborted) await pause(20)

  const usage = createUsage(() => [...deps.processes(), { name: 'load generator', pid: process.pid }])
  const samples: Sample[] = []
  const cpuSeconds: Record<string, number> = {}
  const startedAt = now()
  const schedule = createSchedule(messages.map((m) => m.intervalMs))
  const startMs = Math.floor(startedAt)
  let doneUntil = startMs
  let last = { at: startedAt, second: 0, stored: (await store.usage()).readings, ...snapshot(sender) }
  let dueReadings = 0
  let dueBefore = 0
  usage(0)
  deps.onStage?.('')
  let sampling: Promise<void> | undefined
  const sample = async (at: number) => {
    const stored = (await store.usage().catch(() => undefined))?.readings ?? last.stored
    const seconds = (at - last.at) / 1_000
    const recent = sender.takeRecent()
    const seen = probes.takeRecent()
    const processes = usage(seconds)
    for (const p of processes) cpuSeconds[p.name] = (cpuSeconds[p.name] ?? 0) + p.cpu * seconds
    const current = snapshot(sender)
    const s: Sample = {
      second: last.second + 1,
      due: (dueReadings - dueBefore) / seconds,
      sent: (current.sent - last.sent) / seconds,
      acknowledged: (current.acknowledged - last.acknowledged) / seconds,
      stored: (stored - last.stored) / seconds,
      waiting: sender.waiting(),
      underWay: sender.underWay(),
      connected: links.reduce((n, l) => n + Number(l.connected), 0),
      acknowledgedP50: recent.count ? recent.quantile(0.5) : null,
      acknowledgedP99: recent.count ? recent.quantile(0.99) : null,
      queryableP50: seen.count ? seen.quantile(0.5) : null,
      queryableMax: seen.count ? seen.max : null,
      processes,
    }
    samples.push(s)
    dueBefore = dueReadings
    last = { at, second: s.second, stored, ...current }
    deps.onProgress?.(s, { seconds: ramp + duration, sender })
  }
  while (!signal?.aborted) {
    const at = now()
    const second = (at - startedAt) / 1_000
    if (second >= ramp + duration) break
    const until = Math.floor(at)
    const open = ramp > 0 ? Math.min(1, second / ramp) : 1
    schedule.due(doneUntil, until, (message, dueAt) => {
      // During the ramp more and more messages take part.
      if (open < 1 && unit(profile.seed, message) >= open) return
      dueReadings += messages[message]!.series.length
      sender.put(message, dueAt)
    })
    for (const c of timeline.cuts(links.length, (doneUntil - startMs) / 1_000, (until - startMs) / 1_000))
      links[c]!.cut()
    proxy?.stall(timeline.stalled(second))
    disk.load(timeline.diskLoad(second))
    sender.turn(second, until - doneUntil)
    doneUntil = until
    if (second >= last.second + 1 && !sampling)
      sampling = sample(at).finally(() => {
        sampling = undefined
      })
    await pause(TICK_MS)
  }
  await sampling
  proxy?.stall(false)
  disk.load(0)
  const endedAt = now()
  deps.onStage?.('waiting for what is under way')
  const drainUntil = Date.now() + DRAIN_MS
  while (sender.waiting() + sender.heldBack() + sender.underWay() > 0 && Date.now() < drainUntil) {
    sender.turn(ramp + duration, 0)
    await pause(TICK_MS)
  }
  const neverSeen = await probes.finish(20_000)
  await disk.close()
  await Promise.all(links.map((l) => l.close(100)))
  await proxy?.close()
  deps.onStage?.('asking the store for every series')
  await allTaken(deps, sender)
  const widest = Math.max(0, ...profile.faults.map((f) => (f.kind === 'clock-skew' ? Math.abs(f.offset) * 1_000 : 0)))
  const margin = 3_600_000 + widest
  const settled = await account.settle(store, startMs - margin, Math.ceil(endedAt) + margin)
  const steady = samples.filter((s) => s.second > ramp)
  return judge({
    version: deps.version,
    commit: deps.commit,
    profile,
    startedAt: new Date(startMs).toISOString(),
    seconds: (endedAt - startedAt) / 1_000,
    target: deps.url,
    source: model.series[0]?.source ?? '',
    machine: deps.machine,
    counts: { ...sender.counts },
    settled,
    ledger: (await deps.ledger()) ?? null,
    readingsPerSecond: steady.reduce((sum, s) => sum + s.sent, 0) / Math.max(1, steady.length),
    latency: { acknowledged: latencyOf(sender.acknowledgement), queryable: latencyOf(probes.all), neverSeen },
    peakMemoryMb: Math.max(0, ...samples.map(memoryOf)),
    cpuSeconds,
    samples,
  })
}

const memoryOf = (s: Sample): number =>
  s.processes.reduce((sum, p) => sum + (p.name === 'load generator' ? 0 : p.memoryMb), 0)

function createReader(profile: Profile, model: DistrictModel, messages: ReturnType<typeof planMessages>['messages']) {
  const devices = createDeviceModel(model, profile.seed)
  const values = new Float64Array(messages.reduce((most, m) => Math.max(most, m.series.length), 0))
  return {
    read: (number: number, dueAt: number, measuredAt: number) => {
      const message = messages[number]!
      const readings = devices.readAll(message.series, dueAt, values)
      const payload = encodeMessage(message, measuredAt, values, readings)
      return payload ? { payload, values } : undefined
    },
  }
}

/** Waits until the ledger accounts for everything acknowledged, or nothing more comes. */
async function allTaken(deps: RunDeps, sender: Sender): Promise<void> {
  const wanted = sender.counts.acknowledgedReadings
  let before = -1
  let unchanged = 0
  while (unchanged < 7) {
    const totals = await deps.ledger()
    const done = (totals?.stored ?? 0) + (totals?.duplicates ?? 0) + (totals?.corrections ?? 0)
    if (totals && done >= wanted && totals.undecided === 0) break
    unchanged = done === before ? unchanged + 1 : 0
    before = done
    await deps.store.flush().catch(() => {})
    await pause(1_000)
  }
  await deps.store.flush().catch(() => {})
}

const snapshot = (sender: Sender) => ({
  sent: sender.counts.sentReadings,
  acknowledged: sender.counts.acknowledgedReadings,
})

/** The array of links, which fills while connections open; until then a place in it says no. */
function fill(count: number, links: Link[]): Link[] {
  const none = {
    connected: false,
    underWay: 0,
    hasRoom: () => false,
    close: async () => {},
    cut: () => {},
  } as unknown as Link
  for (let c = 0; c < count; c++) links.push(none)
  return links
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
