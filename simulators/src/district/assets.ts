import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import type { Asset, SeriesDefinition } from '@quartier/contracts/schemas'
import { type DeviceKind, GATEWAY, type PropertyKind, ROOM, type System } from '../devices/catalogue.ts'
import type { Random } from '../random.ts'
import type { Frame } from './frame.ts'
import { Hosts, inOrder, quotas, spotIn } from './hosts.ts'
import type { Site } from './places.ts'

/** First part of every series key of the simulated district. */
export const SOURCE = 'naseem'

/** A gateway speaks for at most so many devices; a large building has several. */
const DEVICES_PER_GATEWAY = 400

export interface Equipment {
  readonly assets: readonly Asset[]
  readonly series: readonly SeriesDefinition[]
}

/**
 * Equips the sites with exactly `count` series. Every kind of device gets its share of them, spread evenly over the
 * places where it can stand, in proportion to their size; feeders, switches and gateways come as they are needed.
 */
export function createEquipment(
  sites: readonly Site[],
  frame: Frame,
  random: Random,
  count: number,
  intervalMs?: number,
): Equipment {
  const assets: Asset[] = []
  const series: SeriesDefinition[] = []
  const numbers = new Map<string, number>()
  const gateways = new Map<string, { asset: Asset; devices: number }>()
  const hosts = new Map<DeviceKind['on'], Hosts>()
  const number = (name: string) => {
    const n = (numbers.get(name) ?? 0) + 1
    numbers.set(name, n)
    return n
  }
  const define = (
    device: string,
    kind: { readonly properties: readonly PropertyKind[]; readonly intervalMs: number },
  ) => {
    for (const property of kind.properties) {
      if (series.length < count) series.push(seriesOf(device, property, intervalMs ?? kind.intervalMs))
    }
  }
  /** The feeder of a zone and the network switch that hangs on it, made when first asked for. */
  const switchOf = (site: Site): string => {
    const id = `sw-${site.zoneId.slice(2)}`
    if (number(id) > 1) return id
    const [longitude, latitude] = frame.place(spotIn(site.parts, random))
    const shared = { placeId: site.id, longitude, latitude, level: 0, nameAr: '', statutoryClass: '' }
    const feeder = `fd-${site.zoneId.slice(2)}`
    const n = number('switch')
    const electrical = { criticality: 5, craft: 'electrical', contractor: 'Barq Electrical Works' }
    assets.push({
      ...shared,
      ...electrical,
      id: feeder,
      kind: 'feeder',
      parentId: null,
      name: `Feeder F-${n}`,
      statutoryClass: 'high voltage',
    })
    const network = { criticality: 4, craft: GATEWAY.craft, contractor: GATEWAY.contractor }
    assets.push({ ...shared, ...network, id, kind: 'network-switch', parentId: feeder, name: `Switch SW-${n}` })
    return id
  }
  const gatewayOf = (site: Site, system: System): Asset => {
    const area = system === 'building' ? site.id : site.zoneId.slice(2)
    const home = `gw-${system}-${area}`
    const current = gateways.get(home)
    if (current && current.devices++ < DEVICES_PER_GATEWAY) return current.asset
    const parentId = switchOf(site)
    const [longitude, latitude] = frame.place(spotIn(site.parts, random))
    const n = number('gateway')
    const asset: Asset = {
      id: `${home}-${number(home)}`,
      kind: 'gateway',
      placeId: site.id,
      parentId,
      name: `Gateway GW-${pad(n, 2)}, ${system}`,
      nameAr: `بوابة ${n}`,
      longitude,
      latitude,
      level: site.kind === 'building' ? -1 : 0,
      criticality: 3,
      craft: GATEWAY.craft,
      contractor: GATEWAY.contractor,
      statutoryClass: '',
    }
    gateways.set(home, { asset, devices: 1 })
    assets.push(asset)
    define(asset.id, GATEWAY)
    return asset
  }
  for (const { kind, at } of inOrder(quotas(count))) {
    if (series.length >= count) break
    const host = hosts.get(kind.on) ?? new Hosts(sites.filter((s) => s.kind === kind.on))
    hosts.set(kind.on, host)
    const site = host.at(at)
    const gateway = gatewayOf(site, kind.system)
    if (series.length >= count) break
    const asset = deviceOf(kind, site, gateway, frame, random, number(kind.kind), number(`${site.id}-${kind.code}`))
    assets.push(asset)
    define(asset.id, kind)
  }
  return { assets, series }
}

function deviceOf(
  kind: DeviceKind,
  site: Site,
  gateway: Asset,
  frame: Frame,
  random: Random,
  n: number,
  nHere: number,
): Asset {
  const [longitude, latitude] = frame.place(spotIn(site.parts, random))
  const level = levelOf(kind, site, random)
  const name = kind === ROOM ? `Room ${level}.${pad(nHere, 2)}` : `${kind.label}-${pad(n, 2)}`
  return {
    id: `${site.id}-${kind.code}-${nHere}`,
    kind: kind.kind,
    placeId: site.id,
    parentId: gateway.id,
    name: `${name}, ${site.name}`,
    nameAr: `${kind.labelAr} ${n}`,
    longitude,
    latitude,
    level,
    criticality: kind.criticality,
    craft: kind.craft,
    contractor: kind.contractor,
    statutoryClass: kind.statutoryClass ?? '',
  }
}

function levelOf(kind: DeviceKind, site: Site, random: Random): number {
  if (kind.stands === 'basement') return -1
  if (kind.stands === 'roof') return site.floors
  return kind.stands === 'floor' ? Math.floor(random.next() * site.floors) : 0
}

function seriesOf(device: string, property: PropertyKind, intervalMs: number): SeriesDefinition {
  const key = `${SOURCE}/${device}/${property.property}`
  return {
    key,
    id: seriesIdText(seriesIdOf(key)),
    property: property.property,
    unit: property.unit,
    assetId: device,
    intervalMs,
    source: SOURCE,
    validMin: property.min,
    validMax: property.max,
    status: 'active',
    personal: false,
    historical: false,
  }
}

const pad = (n: number, digits: number): string => String(n).padStart(digits, '0')
