import { INDOOR, ROOM, TENANTS } from './indoor.ts'
import { type DeviceKind, p } from './kinds.ts'
import { MACHINES } from './machines.ts'
import { OUTDOOR } from './outdoor.ts'

export { ROOM }

/** The gateways themselves report too. */
export const GATEWAY: Pick<DeviceKind, 'intervalMs' | 'properties' | 'craft' | 'contractor'> = {
  intervalMs: 30_000,
  craft: 'ICT',
  contractor: 'Rabt Networks',
  properties: [p('cpuLoad', '%', 0, 100, 0.5, 'cpu'), p('uptime', 's', 0, 1e9, 1, 'uptime')],
}

/** Everything that measures, but for rooms: what the shares leave over is theirs. */
export const CATALOGUE: readonly DeviceKind[] = [...INDOOR, TENANTS, ...MACHINES, ...OUTDOOR]
