import { encodePack, packTable } from '@quartier/contracts/pack'
import { Decoder, Encoder } from 'cbor-x'
import { latin1 } from './bytes.ts'
import type { Codec, MessageContext, ReadingSink } from './codec.ts'
import { seeded } from './hostile.ts'
import { CODECS } from './index.ts'
import { contextOf } from './recording-sink.ts'

/**
 * CPU time per message and per reading of each codec, beside what everybody writes first (JSON.parse or cbor-x, then a walk
 * over the objects): `node gateway/src/codecs/codecs.bench.ts`. The sink does nothing, so its cost is in neither.
 */
const READINGS = 20
const MESSAGES = 512
const below = seeded(7)
const AT = 1_700_000_000_000
const value = () => below(10_000) / 100
const messages = <T>(make: (i: number) => T): T[] => Array.from({ length: MESSAGES }, (_, i) => make(i))
const json = (make: (i: number) => unknown) => messages((i) => Buffer.from(JSON.stringify(make(i))))

const pack = (i: number, extra: object = {}) =>
  Array.from({ length: READINGS }, (_, k) => ({
    ...(k === 0 ? { bn: `building-7/floor-${i % 9}/`, bt: AT / 1000 + i } : {}),
    n: `temp${k}`,
    v: value(),
    ...extra,
  }))
const LABELS: Record<string, number> = { bn: -2, bt: -3, n: 0, u: 1, v: 2 }
const encoder = new Encoder({ mapsAsObjects: false, useRecords: false })
const cbor = (make: (i: number) => object[]) =>
  messages(
    (i) => encoder.encode(make(i).map((r) => new Map(Object.entries(r).map(([k, v]) => [LABELS[k], v])))) as Buffer,
  )
const series = Array.from({ length: READINGS }, (_, k) => ({ device: `building-7/floor-3/${k}`, property: 'temp' }))
const columns = () => ({ measuredAt: AT, value: series.map(value) })

const single = contextOf('lamp-0042', 'power')
const several = contextOf('lamp-0042', '')

interface Case {
  readonly name: string
  readonly readings: number
  readonly payloads: readonly Uint8Array[]
  readonly context: MessageContext
  readonly codec: Codec
  readonly peer?: (payload: Uint8Array) => void
}

const codec = (name: string): Codec => (CODECS[name] as (options?: unknown) => Codec)()
const sink: ReadingSink & { sum: number } = {
  sum: 0,
  series: () => 1,
  seriesByName: () => 1,
  seriesById: () => 1,
  unit: () => {},
  add(_series, measuredAt, v) {
    this.sum += v + measuredAt
  },
  state: () => {},
  event: () => {},
  reject: () => {},
}

const parse = (payload: Uint8Array) => JSON.parse(latin1(payload, 0, payload.length))
const add = (device: string, property: string, at: number, v: number) =>
  sink.add(sink.seriesByName(device, property), at, v, 0)
const walk = (records: Record<string, unknown>[], names: string[]) => {
  const [bn, bt, n, v] = names as [string, string, string, string]
  let base = ''
  let time = 0
  for (const r of records) {
    base = (r[bn] as string) ?? base
    time = (r[bt] as number) ?? time
    const name = base + r[n]
    const at = name.lastIndexOf('/')
    add(name.slice(0, at), name.slice(at + 1), time * 1000, r[v] as number)
  }
}
const decoder = new Decoder({ mapsAsObjects: true, useRecords: false })

const CASES: Case[] = [
  {
    name: 'json, one value',
    readings: 1,
    payloads: json((i) => ({ ts: AT + i, value: value() })),
    context: single,
    codec: codec('json'),
    peer: (p) => {
      const m = parse(p)
      add('lamp-0042', 'power', m.ts, m.value)
    },
  },
  {
    name: 'json, one value of 17 digits',
    readings: 1,
    payloads: json((i) => ({ ts: AT + i, value: (below(2 ** 32) / 2 ** 32) * 100 })),
    context: single,
    codec: codec('json'),
    peer: (p) => {
      const m = parse(p)
      add('lamp-0042', 'power', m.ts, m.value)
    },
  },
  {
    name: 'json, 64 bytes with more keys',
    readings: 1,
    payloads: json((i) => ({ ts: AT + i, value: value(), unit: 'Cel', seq: 100_000 + i, ok: 1 })),
    context: single,
    codec: codec('json'),
    peer: (p) => {
      const m = parse(p)
      add('lamp-0042', 'power', m.ts, m.value)
    },
  },
  {
    name: 'json, four properties',
    readings: 4,
    payloads: json((i) => ({ ts: AT + i, temp: value(), hum: value(), co2: below(900), ok: true })),
    context: several,
    codec: codec('json'),
    peer: (p) => {
      const m = parse(p)
      for (const [k, v] of Object.entries(m)) if (k !== 'ts') add('lamp-0042', k, m.ts, Number(v))
    },
  },
  {
    name: 'senml json, 20',
    readings: READINGS,
    payloads: json((i) => pack(i)),
    context: several,
    codec: codec('senml'),
    peer: (p) => walk(parse(p), ['bn', 'bt', 'n', 'v']),
  },
  {
    name: 'senml cbor, 20',
    readings: READINGS,
    payloads: cbor((i) => pack(i)),
    context: several,
    codec: codec('senml'),
    peer: (p) => walk(decoder.decode(p), ['-2', '-3', '0', '2']),
  },
  {
    name: 'senml cbor, 20, units',
    readings: READINGS,
    payloads: cbor((i) => pack(i, { u: 'Cel' })),
    context: several,
    codec: codec('senml'),
  },
  {
    name: 'pack by name, 20',
    readings: READINGS,
    payloads: messages(() => encodePack({ series, ...columns() })),
    context: several,
    codec: codec('pack'),
  },
  {
    name: 'pack by id, 20',
    readings: READINGS,
    payloads: messages(() => encodePack({ series: packTable(series.map((_, k) => ({ lo: k, hi: k }))), ...columns() })),
    context: several,
    codec: codec('pack'),
  },
  {
    name: 'pack, 20 of one series',
    readings: READINGS,
    payloads: messages(() =>
      encodePack({
        series: series.slice(0, 1),
        index: new Uint16Array(READINGS),
        measuredAt: series.map((_, k) => AT + k),
        value: series.map(value),
      }),
    ),
    context: several,
    codec: codec('pack'),
  },
]

const zones = (i: number) => (i % 2 ? ['driveway'] : ['driveway', 'yard'])
const tracked = (i: number, current: readonly string[]) => ({
  id: `1607123955.475377-mx${i}`,
  camera: 'yard',
  frame_time: AT / 1000 + i,
  snapshot: {
    frame_time: AT / 1000,
    box: [415, 489, 528, 700],
    area: 12728,
    region: [260, 446, 660, 846],
    score: 0.77,
  },
  label: 'person',
  sub_label: null,
  top_score: 0.958984375,
  false_positive: false,
  start_time: 1607123955.475377,
  end_time: null,
  score: 0.7890625,
  box: [424, 500, 536, 712],
  area: 23744,
  ratio: 2.113207,
  region: [264, 450, 667, 853],
  current_zones: current,
  entered_zones: ['yard', 'driveway'],
  has_snapshot: false,
  has_clip: false,
  stationary: false,
  motionless_count: 0,
  position_changes: 2,
  attributes: { face: 0.64 },
  current_attributes: [{ label: 'face', box: [442, 506, 534, 524], score: 0.64 }],
  average_estimated_speed: 14.3,
  recognized_license_plate: null,
})
const crossing = (i: number, data: object) => ({
  UtcTime: new Date(AT + i).toISOString(),
  Source: { VideoSource: '1', AnalyticsConfiguration: '2', Rule: 'North gate' },
  Data: data,
})

CASES.push(
  {
    name: 'onvif, line crossed',
    readings: 1,
    payloads: json((i) => crossing(i, { ObjectId: String(i) })),
    context: contextOf('gate-1', 'onvif-ej/RuleEngine/LineDetector/Crossed/&1/2/North gate'),
    codec: codec('onvif'),
    peer: (p) => {
      const m = parse(p)
      sink.event({
        device: 'gate-1',
        kind: 'line-crossed',
        measuredAt: Date.parse(m.UtcTime),
        attributes: { line: m.Source.Rule, objectId: m.Data.ObjectId },
      })
    },
  },
  {
    name: 'onvif, occupancy',
    readings: 1,
    payloads: json((i) => crossing(i, { Count: String(i) })),
    context: contextOf('gate-1', 'onvif-ej/RuleEngine/CountAggregation/OccupancyCounter'),
    codec: codec('onvif'),
    peer: (p) => {
      const m = parse(p)
      add('gate-1', `occupancy.${m.Source.Rule}`, Date.parse(m.UtcTime), Number(m.Data.Count))
    },
  },
  {
    name: 'frigate, an object enters a zone',
    readings: 1,
    payloads: json((i) => ({ type: 'update', before: tracked(i, zones(i)), after: tracked(i, zones(i + 1)) })),
    context: contextOf('frigate', 'events'),
    codec: codec('frigate'),
    peer: (p) => {
      const { after, before } = parse(p)
      for (const area of after.current_zones)
        if (!before.current_zones.includes(area))
          sink.event({
            device: after.camera,
            kind: 'area-entered',
            measuredAt: after.frame_time * 1000,
            attributes: { area, objectClass: after.label },
          })
    },
  },
)

/** Nanoseconds of CPU per call: the fastest tenth of many rounds (a busy machine only adds), and how far the median lies above. */
function measure(payloads: readonly Uint8Array[], run: (payload: Uint8Array) => void): { ns: number; spread: number } {
  const rounds: number[] = []
  for (let round = 0; round < 60; round++) {
    const before = process.cpuUsage()
    for (let k = 0; k < 16; k++) for (const payload of payloads) run(payload)
    const { user, system } = process.cpuUsage(before)
    rounds.push(((user + system) * 1000) / payloads.length / 16)
  }
  const sorted = rounds.slice(10).sort((a, b) => a - b)
  const at = (q: number) => sorted[Math.floor(q * sorted.length)] as number
  return { ns: at(0.1), spread: at(0.5) / at(0.1) - 1 }
}

const rows = CASES.map(({ name, readings, payloads, context, codec: c, peer }) => {
  const ours = measure(payloads, (p) => c.decode(p, 0, p.length, context, sink))
  const theirs = peer && measure(payloads, peer)
  return {
    case: name,
    bytes: payloads[0]?.length,
    'ns/message': Math.round(ours.ns),
    'ns/reading': Math.round(ours.ns / readings),
    spread: `${Math.round(ours.spread * 100)} %`,
    'peer ns/reading': theirs && Math.round(theirs.ns / readings),
    ratio: theirs && Number((theirs.ns / ours.ns).toFixed(1)),
  }
})
console.table(rows)
