import type { DeviceLogView, DevicesView, KeptMapping } from '@quartier/contracts/api'
import type { DistrictModel } from '@quartier/contracts/schemas'

const MINUTE_MS = 60_000

/** What the screens beside the map ask for, made up from the model: devices, the door, mappings. */
export function createOffice({ series }: DistrictModel) {
  const startedAt = Date.now()
  const devices = [...Map.groupBy(series, ({ key }) => key.slice(0, key.lastIndexOf('/')))].map(
    ([id, of], i): DevicesView['devices'][number] => ({
      id,
      kind: 'device',
      series: of.length,
      lastAt: i % 17 === 3 ? null : startedAt - (i % 11 === 5 ? 42 * MINUTE_MS : 4_000),
      isSilent: i % 11 === 5,
      lastHour: i % 17 === 3 ? 0 : of.length * 60,
      principal: i % 3 === 0 ? { name: `gateway-${i % 5}`, kind: 'gateway', enabled: i % 30 !== 0 } : null,
    }),
  )
  const waiting = ['wild/attic/t', 'wild/attic/rh', 'wild/hall/co2'].map((key) => ({ key }))
  const lines: DeviceLogView['lines'] = [
    ['gateway-9', 'certificate-expired', 'expired on 12 November', 3],
    ['street-77', 'name-unknown', 'nobody is called street-77', 41],
    ['', 'handshake-failed', 'no shared cipher', 2],
  ].map(([device, event, detail, times], i) => ({
    at: startedAt - (i + 2) * MINUTE_MS,
    until: startedAt - (i + 1) * MINUTE_MS,
    times: times as number,
    device: device as string,
    event: event as string,
    detail: detail as string,
    address: `10.0.4.${i + 11}`,
  }))
  const mappings: KeptMapping[] = [
    {
      name: 'acme-meters',
      filter: 'vendor/acme/+/up',
      source: 'acme',
      options: { device: '/dev/id', time: '/ts', timeUnit: 's', values: { energy: '/data/kwh', power: '/data/w' } },
      enabled: true,
      changedAt: startedAt - 86_400_000,
      changedBy: 'admin',
    },
  ]
  return {
    /** The answer to a request, or `undefined` when it is none of these. */
    answer({ pathname, searchParams }: URL): unknown {
      const [skip, limit] = ['skip', 'limit'].map((name) => Number(searchParams.get(name)))
      switch (pathname) {
        case '/api/devices':
          return {
            at: Date.now(),
            total: devices.length,
            matching: devices.length,
            devices: devices.slice(skip, skip! + limit!),
          } satisfies DevicesView
        case '/api/devices/log':
          return { lines, next: null } satisfies DeviceLogView
        case '/api/quarantine':
          return { series: waiting, total: waiting.length }
        case '/api/mappings':
          return { mappings }
        default:
          return undefined
      }
    },
  }
}
