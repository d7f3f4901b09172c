import type { Asset, DistrictModel } from '@quartier/contracts/schemas'
import type { DeviceModel } from '../devices/device-model.ts'
import { FRIGATE_EVENTS, frigateEvent, onvifCrossed, onvifCrossedTopic, type Tracked } from '../formats/cameras.ts'
import { hashOf, mix, unit } from '../random.ts'
import { clamp } from '../world/sky.ts'
import { type Message, sourceOf } from './messages.ts'

/** Something that happens and is told at once. */
export interface FeedEvent {
  readonly connection: number
  readonly mqttTopic: string
  /** On the time of the devices' lives. */
  readonly at: number
  /** Its payload, stamped with an instant of the platform's clock. */
  payloadAt(stamp: number): string
}

/** Tells what happens in `(after, until]`; everything follows from seed and time. */
export type EventFeed = (after: number, until: number, take: (event: FeedEvent) => void) => void

/** A camera sees at most one thing begin in so long. */
const SLOT_MS = 10_000
const LONGEST_MS = 40_000

/** The events of a district: what cameras follow, lifts and escalators that fail, pipes that leak. */
export function createEventFeed(model: DistrictModel, messages: readonly Message[], devices: DeviceModel): EventFeed {
  const source = sourceOf(model)
  const cameras = camerasOf(model, messages)
  const machines = machinesOf(model, messages, devices)
  const meters = firstMeters(model, messages)
  return (after, until, take) => {
    // Whoever slept does not tell everything that went on meanwhile.
    const from = Math.max(after, until - 2 * LONGEST_MS)
    for (const camera of cameras) watch(camera, source, devices, from, until, take)
    for (const { asset, connection, lives } of machines)
      for (const { mode, failedAt, repairedAt } of lives)
        for (const [phase, at] of [
          ['start', failedAt],
          ['end', repairedAt],
        ] as const)
          if (at > from && at <= until)
            take(
              told(source, asset, connection, at, asset.kind === 'lift' ? 'lift-fault' : 'escalator-stopped', {
                phase,
                fault: mode.mode,
              }),
            )
    for (const i of devices.world.incidents.between(from, until)) {
      const meter = i.kind === 'leak' ? meters.get(i.placeId) : undefined
      if (meter && i.startsAt > from && i.startsAt <= until)
        take(
          told(source, meter.asset, meter.connection, i.startsAt, 'water-leak', { phase: 'start', area: 'basement' }),
        )
    }
  }
}

interface Camera {
  readonly id: string
  readonly own: number
  readonly connection: number
  readonly format: 'frigate' | 'onvif'
  /** The series that says how many people it sees. */
  readonly people: number
}

function watch(
  c: Camera,
  source: string,
  devices: DeviceModel,
  after: number,
  until: number,
  take: (event: FeedEvent) => void,
): void {
  for (let slot = Math.floor((after - LONGEST_MS) / SLOT_MS); slot * SLOT_MS <= until; slot++) {
    const startsAt = Math.round(slot * SLOT_MS + unit(c.own, slot) * SLOT_MS)
    const endsAt = startsAt + Math.round(2_000 + unit(c.own ^ 0x656e, slot) * (LONGEST_MS - 4_000))
    const begins = startsAt > after && startsAt <= until
    const ends = endsAt > after && endsAt <= until
    if (!begins && !ends) continue
    const people = devices.read(c.people, slot * SLOT_MS)
    const chance = clamp((Number.isNaN(people) ? 0 : people) / 150, 0.01, 0.35)
    if (unit(c.own ^ 0x6368, slot) >= chance) continue
    if (c.format === 'onvif') {
      if (begins) take(crossing(c, source, startsAt, slot))
      continue
    }
    if (begins) take(tracked(c, slot, startsAt, endsAt, 'new'))
    if (ends) take(tracked(c, slot, startsAt, endsAt, 'end'))
  }
}

const crossing = (c: Camera, source: string, at: number, slot: number): FeedEvent => ({
  connection: c.connection,
  mqttTopic: onvifCrossedTopic(source, c.id),
  at,
  payloadAt: (stamp) =>
    onvifCrossed(stamp, Math.abs(slot) % 100_000, unit(c.own ^ 0x6469, slot) < 0.5 ? 'Left' : 'Right'),
})

function tracked(c: Camera, slot: number, startsAt: number, endsAt: number, type: 'new' | 'end'): FeedEvent {
  const kind = unit(c.own ^ 0x6c61, slot)
  const label = kind < 0.72 ? 'person' : kind < 0.94 ? 'car' : 'bicycle'
  const at = type === 'new' ? startsAt : endsAt
  const number = mix(c.own, slot)
  return {
    connection: c.connection,
    mqttTopic: FRIGATE_EVENTS,
    at,
    payloadAt: (stamp) => {
      const shift = stamp - at
      const thing: Tracked = {
        camera: c.id,
        id: `${startsAt / 1_000}-${number.toString(36)}`,
        label,
        startsAt: startsAt + shift,
        endsAt: endsAt + shift,
        score: Math.round((0.62 + 0.37 * unit(c.own ^ 0x7363, slot)) * 1e4) / 1e4,
        // Invented; they show that nothing of the kind gets past the gateway.
        ...(label === 'car' && number % 5 < 3 ? { plate: `QA ${100_000 + (number % 900_000)}` } : {}),
        ...(label === 'person' && number % 17 === 0 ? { name: `Visitor ${number % 500}` } : {}),
      }
      return frigateEvent(thing, type)
    },
  }
}

const told = (
  source: string,
  asset: Asset,
  connection: number,
  at: number,
  kind: string,
  attributes: Readonly<Record<string, string>>,
): FeedEvent => ({
  connection,
  mqttTopic: `e/${source}/d/${asset.id}`,
  at,
  payloadAt: (ts) => JSON.stringify({ kind, ts, id: `${kind}-${attributes.phase}-${at}`, attributes }),
})

function camerasOf(model: DistrictModel, messages: readonly Message[]): Camera[] {
  const seen = new Set<string>()
  return messages.flatMap((m): Camera[] => {
    if ((m.format !== 'frigate' && m.format !== 'onvif') || seen.has(m.asset)) return []
    seen.add(m.asset)
    const id = model.series[m.series[0]!]!.assetId!
    return [{ id, own: hashOf(id), connection: m.connection, format: m.format, people: m.series[0]! }]
  })
}

function machinesOf(model: DistrictModel, messages: readonly Message[], devices: DeviceModel) {
  const connections = new Map(messages.map((m) => [m.asset, m.connection]))
  return model.assets
    .filter((a) => (a.kind === 'lift' || a.kind === 'escalator') && connections.has(a.id))
    .map((asset) => ({ asset, connection: connections.get(asset.id)!, lives: devices.world.livesOf(asset) }))
}

/** A water meter for each building that has one. */
function firstMeters(model: DistrictModel, messages: readonly Message[]) {
  const gateways = new Map(messages.map((m) => [m.gateway, m.connection]))
  const meters = new Map<string, { readonly asset: Asset; readonly connection: number }>()
  for (const asset of model.assets) {
    const connection = gateways.get(asset.parentId ?? '')
    if (asset.kind === 'water-meter' && connection !== undefined && !meters.has(asset.placeId))
      meters.set(asset.placeId, { asset, connection })
  }
  return meters
}
