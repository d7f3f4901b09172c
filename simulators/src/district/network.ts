import type { Asset } from '@quartier/contracts/schemas'
import { GATEWAY } from '../devices/catalogue.ts'
import type { System } from '../devices/kinds.ts'
import type { Random } from '../random.ts'
import { createCounter, pad } from './counter.ts'
import type { Frame } from './frame.ts'
import { spotIn } from './hosts.ts'
import type { Site } from './places.ts'

/** A gateway speaks for at most so many devices; a large building has several. */
const DEVICES_PER_GATEWAY = 400

export interface Network {
  /** The id of the gateway for one more device, and what had to be installed for it, parents first. */
  gatewayFor(site: Site, system: System): { readonly gateway: string; readonly added: readonly Asset[] }
}

/**
 * Feeder → switch → gateway. A zone has one feeder and one network switch; its buildings have gateways of their own,
 * the other systems one for the zone, and another for every 400 devices.
 */
export function createNetwork(frame: Frame, random: Random): Network {
  const number = createCounter()
  const gateways = new Map<string, { readonly id: string; devices: number }>()
  const asset = (site: Site, id: string, parentId: string | null, facts: Facts): Asset => {
    const [longitude, latitude] = frame.place(spotIn(site.parts, random))
    const level = site.kind === 'building' ? -1 : 0
    return { id, placeId: site.placeId, parentId, longitude, latitude, level, statutoryClass: '', ...facts }
  }
  const ict = { craft: GATEWAY.craft, contractor: GATEWAY.contractor }
  const backbone = (site: Site, zone: string): Asset[] => {
    if (number(zone) > 1) return []
    const n = number('feeder')
    const feeder = asset(site, `fd-${zone}`, null, {
      kind: 'feeder',
      name: `Feeder F-${n}`,
      nameAr: `مغذي ${n}`,
      criticality: 5,
      craft: 'electrical',
      contractor: 'Barq Electrical Works',
      statutoryClass: 'high voltage',
    })
    const names = { name: `Switch SW-${n}`, nameAr: `محول شبكة ${n}` }
    return [feeder, asset(site, `sw-${zone}`, feeder.id, { kind: 'network-switch', ...names, criticality: 4, ...ict })]
  }
  return {
    gatewayFor: (site, system) => {
      const zone = site.zoneId.slice(2)
      const home = `gw-${system}-${system === 'building' ? site.id : zone}`
      const current = gateways.get(home)
      if (current && current.devices < DEVICES_PER_GATEWAY) {
        current.devices++
        return { gateway: current.id, added: [] }
      }
      const added = backbone(site, zone)
      const n = number('gateway')
      const names = { name: `Gateway GW-${pad(n, 2)}, ${system}`, nameAr: `بوابة ${n}` }
      const id = `${home}-${number(home)}`
      added.push(asset(site, id, `sw-${zone}`, { kind: 'gateway', ...names, criticality: 3, ...ict }))
      gateways.set(home, { id, devices: 1 })
      return { gateway: id, added }
    },
  }
}

type Facts = Pick<Asset, 'kind' | 'name' | 'nameAr' | 'criticality' | 'craft' | 'contractor'> & {
  readonly statutoryClass?: string
}
