import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import type { Asset, SeriesDefinition } from '@quartier/contracts/schemas'
import { GATEWAY, ROOM } from '../devices/catalogue.ts'
import type { DeviceKind, PropertyKind } from '../devices/kinds.ts'
import { type DeviceName, deviceNameOf } from '../formats/names.ts'
import type { Random } from '../random.ts'
import { createCounter, pad } from './counter.ts'
import type { Frame } from './frame.ts'
import { Hosts, inOrder, quotas, spotOn } from './hosts.ts'
import { createNetwork } from './network.ts'
import type { Site } from './places.ts'

/** First part of every series key of the simulated district. */
export const SOURCE = 'naseem'

export interface Equipment {
  readonly assets: readonly Asset[]
  readonly series: readonly SeriesDefinition[]
}

/**
 * Equips the sites with exactly `count` series. Every kind of device gets its share of them, spread evenly over the
 * places where it can stand, in proportion to their size; feeders, switches and gateways come as they are needed. A plain
 * district speaks no format that has names of its own.
 */
export function createEquipment(
  sites: readonly Site[],
  frame: Frame,
  random: Random,
  count: number,
  { intervalMs, isPlain = false }: { readonly intervalMs?: number; readonly isPlain?: boolean } = {},
): Equipment {
  const assets: Asset[] = sites.filter((s) => s.kind === 'stop').map((s) => stopOf(s, frame))
  const series: SeriesDefinition[] = []
  const number = createCounter()
  const network = createNetwork(frame, random)
  const hosts = new Map<DeviceKind['on'], Hosts>()
  const add = (asset: Asset, kind: Reporting) => {
    if (series.length >= count) return
    assets.push(asset)
    const format = isPlain ? 'json-flat' : (kind.format ?? 'json-flat')
    const name = deviceNameOf(format, SOURCE, asset.id, asset.parentId ?? '')
    for (const property of kind.properties.slice(0, count - series.length)) {
      series.push(seriesOf(asset.id, name, property, intervalMs ?? kind.intervalMs))
    }
  }
  for (const { kind, at } of inOrder(quotas(count))) {
    if (series.length >= count) break
    const host = hosts.get(kind.on) ?? new Hosts(sites.filter((s) => canStand(kind, s)))
    hosts.set(kind.on, host)
    const { site, within } = host.at(at)
    const { gateway, added } = network.gatewayFor(site, kind.system)
    for (const asset of added) {
      if (asset.kind === 'gateway') add(asset, GATEWAY)
      else assets.push(asset)
    }
    const n = number(kind.kind)
    const [longitude, latitude] = frame.place(spotOn(site, within, n, random))
    const nHere = number(`${site.id}-${kind.code}`)
    const level = levelOf(kind, site, random)
    const name = kind === ROOM ? `Room ${level}.${pad(nHere, 2)}` : `${kind.label}-${pad(n, 2)}`
    const asset: Asset = {
      id: `${site.id}-${kind.code}-${nHere}`,
      kind: kind.kind,
      placeId: site.placeId,
      parentId: gateway,
      name: `${name}, ${site.name}`,
      nameAr: `${kind.labelAr} ${n}، ${site.nameAr}`,
      longitude,
      latitude,
      level,
      criticality: kind.criticality,
      craft: kind.craft,
      contractor: kind.contractor,
      statutoryClass: kind.statutoryClass ?? '',
    }
    add(asset, kind)
  }
  return { assets, series }
}

/** The Energy Centre, where the cooling plant is. */
const PLANT = 'b-041'

function canStand(kind: DeviceKind, site: Site): boolean {
  if (kind.on === 'gathering') return site.kind === 'square' || site.kind === 'stop'
  return kind.on === 'plant' ? site.id === PLANT : site.kind === kind.on
}

function levelOf(kind: DeviceKind, site: Site, random: Random): number {
  if (kind.stands === 'basement') return -1
  if (kind.stands === 'roof') return site.floors
  return kind.stands === 'floor' ? Math.floor(random.next() * site.floors) : 0
}

function stopOf(site: Site, frame: Frame): Asset {
  const part = site.parts[0]!
  const [longitude, latitude] = frame.place([(part.u0 + part.u1) / 2, (part.v0 + part.v1) / 2])
  return {
    id: site.id,
    kind: 'tram-stop',
    placeId: site.placeId,
    parentId: null,
    name: site.name,
    nameAr: site.nameAr,
    longitude,
    latitude,
    level: 0,
    criticality: 3,
    craft: 'civil',
    contractor: 'Masar Tram',
    statutoryClass: '',
  }
}

type Reporting = Pick<DeviceKind, 'properties' | 'intervalMs'> & { readonly format?: DeviceKind['format'] }

function seriesOf(
  assetId: string,
  { source, device }: DeviceName,
  property: PropertyKind,
  intervalMs: number,
): SeriesDefinition {
  const key = `${source}/${device}/${property.property}`
  return {
    key,
    id: seriesIdText(seriesIdOf(key)),
    property: property.property,
    unit: property.unit,
    assetId,
    intervalMs,
    source,
    validMin: property.min,
    validMax: property.max,
    status: 'active',
    personal: false,
    historical: false,
  }
}
