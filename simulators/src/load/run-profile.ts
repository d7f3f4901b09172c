import type { SourceTotals } from '@quartier/contracts/ledger'
import type { DistrictModel } from '@quartier/contracts/schemas'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { createDeviceModel } from '../devices/device-model.ts'
import { createDistrict } from '../district/create-district.ts'
import { type Link, openLink } from '../mqtt/link.ts'
import type { Credentials } from '../mqtt/packets.ts'
import { mix, unit } from '../random.ts'
import { type Message, planMessages } from '../simulate/messages.ts'
import { encodeMessage } from '../simulate/payloads.ts'
import { createSchedule } from '../simulate/schedule.ts'
import { createAccount } from './account.ts'
import { type BusyDisk, createBusyDisk } from './busy-disk.ts'
import { latencyOf } from './histogram.ts'
import { createProbes } from './probes.ts'
import type { Profile } from './profile.ts'
import { judge, type LoadReport, type Machine, type Sample } from './report.ts'
import { createSampler, GENERATOR, type Sampler } from './sampler.ts'
import { createSender, type Sender } from './sender.ts'
import { type StallProxy, startStallProxy } from './stall-proxy.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import type { Process } from './usage.ts'

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
  readonly onProgress?: (sample: Sample, of: { readonly seconds: number }) => void
  readonly onStage?: (what: string) => void
  readonly signal?: AbortSignal
}

const TICK_MS = 10
const CONNECT_AT_ONCE = 20
const CONNECT_WITHIN_MS = 60_000
const DRAIN_WITHIN_MS = 90_000
const PROBES_WITHIN_MS = 20_000
const HOUR = 3_600_000

/** The district that a profile speaks of, with the interval that makes its rate, under the source of the run. */
export function districtOf(profile: Profile, source: string): DistrictModel {
  const { sensors, seed, readingsPerSecond: rate } = profile
  const intervalMs = rate === null ? undefined : Math.max(50, Math.round((sensors / rate) * 1_000))
  return createDistrict({ seed, sensors, source, intervalMs })
}

/** What a run consists of. */
interface Run {
  readonly profile: Profile
  readonly messages: readonly Message[]
  readonly timeline: Timeline
  readonly links: readonly Link[]
  readonly sender: Sender
  readonly sampler: Sampler
  readonly disk: BusyDisk
  readonly proxy: StallProxy | undefined
  /** Of the first message, epoch ms. */
  readonly startedAt: number
  readonly signal: AbortSignal | undefined
}

/** Runs a load test and reports; `model` is {@link districtOf} the profile, known to the platform by now. */
export async function runProfile(profile: Profile, model: DistrictModel, deps: RunDeps): Promise<LoadReport> {
  const { store, signal } = deps
  const stage = deps.onStage ?? (() => {})
  const { messages, clientIds } = planMessages(model, profile.connections ?? undefined, {
    readingsPerMessage: profile.readingsPerMessage,
    format: profile.format === 'own' ? undefined : profile.format,
  })
  const timeline = createTimeline(profile)
  const proxy = profile.faults.some((f) => f.kind === 'stall') ? await startStallProxy(deps.url) : undefined
  const account = createAccount(model.series)
  const probes = createProbes(store, now)
  const links: Link[] = []
  const sender = createSender({
    ...{ messages, links, timeline, account, probes, now },
    connections: clientIds.length,
    reader: createReader(profile, model, messages),
    keyOf: (series) => model.series[series]!.key,
    probesPerSecond: profile.probesPerSecond,
  })
  stage(`connecting ${clientIds.length.toLocaleString('en')} gateways`)
  await connectAll(links, clientIds, profile, deps, sender, (c) =>
    proxy && timeline.isProxied(c) ? proxy.url : deps.url,
  )
  stage('')
  const startedAt = Math.floor(now())
  sender.begin(startedAt)
  const seconds = profile.ramp + profile.duration
  const onSample = (sample: Sample) => deps.onProgress?.(sample, { seconds })
  const sampler = await createSampler({ ...deps, sender, probes, links, onSample }, startedAt)
  const disk = createBusyDisk(deps.folder)
  const run: Run = { profile, messages, timeline, links, sender, sampler, disk, proxy, startedAt, signal }
  await drive(run)
  const endedAt = now()
  stage('waiting for what is under way')
  await drain(run)
  const neverSeen = await probes.finish(PROBES_WITHIN_MS)
  await disk.close()
  await Promise.all(links.map((link) => link.close(100)))
  await proxy?.close()
  stage('asking the store for every series')
  await allTaken(deps, sender)
  const skew = Math.max(0, ...profile.faults.map((f) => (f.kind === 'clock-skew' ? Math.abs(f.offset) * 1_000 : 0)))
  const settled = await account.settle(store, startedAt - HOUR - skew, Math.ceil(endedAt) + HOUR + skew)
  const { samples, cpuSeconds } = sampler
  const steady = samples.filter((s) => s.second > profile.ramp)
  return judge({
    ...{ profile, settled, samples, cpuSeconds },
    ...{ version: deps.version, commit: deps.commit, machine: deps.machine, target: deps.url },
    startedAt: new Date(startedAt).toISOString(),
    seconds: (endedAt - startedAt) / 1_000,
    source: model.series[0]?.source ?? '',
    counts: { ...sender.counts },
    ledger: (await deps.ledger()) ?? null,
    readingsPerSecond: steady.reduce((sum, s) => sum + s.sent, 0) / Math.max(1, steady.length),
    latency: { acknowledged: latencyOf(sender.acknowledgement), queryable: latencyOf(probes.all), neverSeen },
    peakMemoryMb: Math.max(0, ...samples.map(memoryOf)),
  })
}

/** Opens all connections, some at a time, and waits until they stand. */
async function connectAll(
  links: Link[],
  clientIds: readonly string[],
  { seed, window }: Profile,
  { credentials, signal }: RunDeps,
  sender: Sender,
  urlOf: (connection: number) => string,
): Promise<void> {
  for (const [c, clientId] of clientIds.entries()) {
    const onRoom = () => sender.pump(c)
    links.push(openLink({ url: urlOf(c), clientId, credentials, window, seed: mix(seed, c), onRoom }))
    if (c % CONNECT_AT_ONCE === CONNECT_AT_ONCE - 1) await pause(2 * CONNECT_AT_ONCE)
  }
  const patience = now() + CONNECT_WITHIN_MS
  while (links.some((l) => !l.connected) && now() < patience && !signal?.aborted) await pause(20)
}

/** The time of the run: what falls due is sent, faults come and go. */
async function drive({ profile, messages, timeline, links, sender, sampler, disk, proxy, startedAt, signal }: Run) {
  const { ramp, duration, seed } = profile
  const schedule = createSchedule(messages.map((m) => m.intervalMs))
  let doneUntil = startedAt
  while (!signal?.aborted) {
    const at = now()
    const until = Math.floor(at)
    const second = (at - startedAt) / 1_000
    if (second >= ramp + duration) break
    // During the ramp more and more messages take part.
    const open = ramp > 0 ? Math.min(1, second / ramp) : 1
    schedule.due(doneUntil, until, (message, dueAt) => {
      if (open === 1 || unit(seed, message) < open) sender.put(message, dueAt)
    })
    for (const c of timeline.cuts(links.length, (doneUntil - startedAt) / 1_000, (until - startedAt) / 1_000))
      links[c]!.cut()
    proxy?.stall(timeline.stalled(second))
    disk.load(timeline.diskLoad(second))
    sender.turn(second, until - doneUntil)
    doneUntil = until
    sampler.turn(at)
    await pause(TICK_MS)
  }
  await sampler.settle()
  proxy?.stall(false)
  disk.load(0)
}

/** Waits until everything is sent and acknowledged. */
async function drain({ profile, sender }: Run): Promise<void> {
  const patience = now() + DRAIN_WITHIN_MS
  while (sender.waiting() + sender.heldBack() + sender.underWay() > 0 && now() < patience) {
    sender.turn(profile.ramp + profile.duration, 0)
    await pause(TICK_MS)
  }
}

/** Waits until the ledger accounts for everything acknowledged, or nothing more comes. */
async function allTaken(deps: RunDeps, sender: Sender): Promise<void> {
  const wanted = sender.counts.acknowledgedReadings
  let before = -1
  for (let unchanged = 0; unchanged < 7; ) {
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

function createReader(profile: Profile, model: DistrictModel, messages: readonly Message[]) {
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

const memoryOf = (s: Sample): number => s.processes.reduce((sum, p) => sum + (p.name === GENERATOR ? 0 : p.memoryMb), 0)

/** Epoch ms with fractions. */
const now = (): number => performance.timeOrigin + performance.now()
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
