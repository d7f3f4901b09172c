import mqtt from 'mqtt'

/** A small quarter beside the demonstration, whose devices a test holds in its hands: a house behind one gateway, and a street. */
export const PIER = { zone: 'Pier', house: 'Pier House', gateway: 'Gateway at the pier', street: 'Pier Road' } as const
export const PIER_SENSORS = 60
const DETECTORS = 3
const INTERVAL_MS = 1000

const WEST = 51.5292
const SOUTH = 25.286
const ring = (x: number, y: number, w: number, h: number) => [
  [
    [x, y],
    [x + w, y],
    [x + w, y + h],
    [x, y + h],
    [x, y],
  ],
]
const feature = (id: string, geometry: object, properties: object) => ({ type: 'Feature', id, geometry, properties })
const area = (x: number, y: number, w: number, h: number) => ({ type: 'Polygon', coordinates: ring(x, y, w, h) })
const point = (x: number, y: number) => ({ type: 'Point', coordinates: [x, y] })

/** What the registry is told of it. */
export function pierDistrict(): string {
  const series = (property: string, unit: string) => ({
    source: 'pier',
    series: [{ property, unit, intervalMs: INTERVAL_MS, validMin: 0, validMax: 100 }],
  })
  const sensors = Array.from({ length: PIER_SENSORS }, (_, i) => {
    const at = point(WEST + 0.00012 + (i % 10) * 0.00002, SOUTH + 0.00012 + Math.floor(i / 10) * 0.00002)
    const facts = { kind: 'room-sensor', name: `Room ${i + 1}`, placeId: 'b-pier', parentId: 'gw-pier' }
    return feature(`room-${i}`, at, { ...facts, ...series('temperature', 'Cel') })
  })
  const detectors = Array.from({ length: DETECTORS }, (_, i) => {
    const facts = { kind: 'traffic-detector', name: `Pier detector ${i + 1}`, placeId: 'st-pier' }
    return feature(`td-${i}`, point(WEST + 0.0001 + i * 0.0002, SOUTH + 0.0006), {
      ...facts,
      ...series('speed', 'km/h'),
    })
  })
  const road = {
    type: 'LineString',
    coordinates: [
      [WEST + 0.00005, SOUTH + 0.0006],
      [WEST + 0.00075, SOUTH + 0.0006],
    ],
  }
  const features = [
    feature('z-pier', area(WEST, SOUTH, 0.0008, 0.0008), { kind: 'zone', name: PIER.zone, nameAr: 'الرصيف' }),
    feature('b-pier', area(WEST + 0.0001, SOUTH + 0.0001, 0.00024, 0.00018), {
      ...{ kind: 'building', name: PIER.house, parentId: 'z-pier', heightM: 12 },
    }),
    feature('st-pier', road, { kind: 'street', name: PIER.street, parentId: 'z-pier', widthM: 14 }),
    feature('gw-pier', point(WEST + 0.0001, SOUTH + 0.0001), {
      ...{ kind: 'gateway', name: PIER.gateway, placeId: 'b-pier', criticality: 3 },
    }),
    ...sensors,
    ...detectors,
  ]
  return JSON.stringify({ type: 'FeatureCollection', features })
}

/** Its devices, once a second. */
export interface Pier {
  /** What the detectors measure from now on, km/h. */
  speed(kmh: number): void
  /** The gateway, and all that is behind it, says nothing more; `false`: it speaks again. */
  silence(silent: boolean): void
  stop(): Promise<void>
}

export async function startPier(mqttUrl: string): Promise<Pier> {
  const client = await mqtt.connectAsync(mqttUrl)
  let speedKmh = 46
  let silent = false
  const say = (device: string, property: string, value: number) =>
    client.publish(`t/pier/d/${device}/${property}`, JSON.stringify({ ts: Date.now(), value }))
  const speak = () => {
    for (let i = 0; i < DETECTORS; i++) say(`td-${i}`, 'speed', speedKmh)
    for (let i = 0; !silent && i < PIER_SENSORS; i++) say(`room-${i}`, 'temperature', 22 + (i % 5) / 10)
  }
  const timer = setInterval(speak, INTERVAL_MS)
  speak()
  return {
    speed: (kmh) => {
      speedKmh = kmh
    },
    silence: (on) => {
      silent = on
    },
    async stop() {
      clearInterval(timer)
      await client.endAsync(true)
    },
  }
}
