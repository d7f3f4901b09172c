import { afterEach, beforeEach } from 'vitest'
import type { Asset, Geometry, Place, SeriesDefinition } from '../../schemas/registry.ts'
import { seriesIdOf, seriesIdText } from '../../series/id.ts'
import { parseSeriesKey } from '../../series/key.ts'
import type { Principal, Records, User } from '../port.ts'

/** A fresh, empty installation: every `open` reaches the same records, as another service would. */
export interface RecordsUnderTest {
  open(): Promise<Records>
  dispose(): Promise<void>
}

export type PrepareRecords = () => Promise<RecordsUnderTest>

export interface RecordsPlace {
  readonly records: Records
  /** One more connection to the same database, closed with the rest. */
  open(): Promise<Records>
}

/** Opens the database for each test and closes every connection behind it. */
export function useRecords(prepare: PrepareRecords): RecordsPlace {
  let under: RecordsUnderTest
  let records: Records
  const opened: Records[] = []
  const open = async () => {
    const another = await under.open()
    opened.push(another)
    return another
  }
  beforeEach(async () => {
    under = await prepare()
    records = await open()
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
    await under.dispose()
  })
  return {
    get records() {
      return records
    },
    open,
  }
}

export const gatewayPrincipal = (change: Partial<Principal> = {}): Principal => ({
  name: 'gw-north',
  source: 'demo',
  kind: 'gateway',
  publish: ['t/%s/#'],
  subscribe: ['c/%p/#'],
  devices: ['ahu-*'],
  personal: false,
  historical: false,
  enabled: true,
  ...change,
})

export const person = (change: Partial<User> = {}): User => ({
  name: 'amal',
  displayName: 'Amal Haddad',
  role: 'operator',
  zones: ['z-1'],
  enabled: true,
  language: 'ar',
  ...change,
})

const square = (west: number): Geometry => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, 25],
      [west + 0.01, 25],
      [west + 0.01, 25.01],
      [west, 25.01],
      [west, 25],
    ],
  ],
})

export const place = (id: string, kind: Place['kind'], parentId: string | null, name = id): Place => ({
  id,
  kind,
  parentId,
  name,
  nameAr: '',
  geometry: square(51.5),
  heightM: 12,
  widthM: 0,
})

export const asset = (id: string, placeId: string, change: Partial<Asset> = {}): Asset => ({
  id,
  kind: 'air-handler',
  placeId,
  parentId: null,
  name: `Air handler ${id}`,
  nameAr: 'وحدة مناولة الهواء',
  longitude: 51.501,
  latitude: 25.002,
  level: 3,
  criticality: 4,
  craft: 'hvac',
  contractor: 'Cool & Sons',
  statutoryClass: 'F-gas',
  ...change,
})

export function series(key: string, change: Partial<SeriesDefinition> = {}): SeriesDefinition {
  const { source, property } = parseSeriesKey(key)!
  return {
    key,
    id: seriesIdText(seriesIdOf(key)),
    property,
    unit: 'Cel',
    assetId: null,
    intervalMs: 60_000,
    source,
    validMin: -40,
    validMax: 85.5,
    status: 'active',
    personal: false,
    historical: false,
    ...change,
  }
}

/** Two zones, three buildings, an asset with two series in each building. */
export const smallDistrict = () => ({
  places: [
    place('d', 'district', null, 'Harbour'),
    place('z-1', 'zone', 'd', 'North quay'),
    place('z-2', 'zone', 'd', 'South quay'),
    place('b-1', 'building', 'z-1', 'Customs house'),
    place('b-2', 'building', 'z-1', 'Crane hall'),
    place('b-3', 'building', 'z-2', 'Café Zürich'),
  ],
  assets: [
    asset('ahu-1', 'b-1'),
    asset('ahu-2', 'b-2', { parentId: 'ahu-1' }),
    asset('meter-3', 'b-3', { kind: 'meter', name: 'Main meter', nameAr: '' }),
  ],
  series: [
    series('demo/ahu-1/supply-temperature', { assetId: 'ahu-1' }),
    series('demo/ahu-1/power', { assetId: 'ahu-1', unit: 'kW' }),
    series('demo/ahu-2/supply-temperature', { assetId: 'ahu-2' }),
    series('demo/ahu-2/power', { assetId: 'ahu-2', unit: 'kW' }),
    series('demo/meter-3/power', { assetId: 'meter-3', unit: 'kW' }),
    series('demo/meter-3/energy', { assetId: 'meter-3', unit: 'kWh' }),
  ],
})

export async function* linesFrom(text: string): AsyncIterable<string> {
  yield* text.split('\n')
}

/** Two keys with one id, made by running the hash backwards. */
export const COLLIDING_KEYS = ['demo/sensor-0001aaaaaaaalbcaa8aa/t', 'demo/sensor-0002aaaaaaaasm076wnr/t'] as const
