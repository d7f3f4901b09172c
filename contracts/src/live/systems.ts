/** The systems of a district: layers of the map and rows of the wall. The order is that of legends. */
export const SYSTEMS = [
  'traffic',
  'transit',
  'parking',
  'people',
  'environment',
  'lighting',
  'building',
  'cooling',
  'energy',
  'water',
  'waste',
  'video',
  'network',
  'other',
] as const
export type System = (typeof SYSTEMS)[number]

/** The system that an asset belongs to, by its kind; `other` for a kind that nobody has named. */
export const systemOf = (assetKind: string): System =>
  SYSTEM_OF.get(assetKind) ?? (isGateway({ kind: assetKind }) ? 'network' : 'other')

/** Whether what hangs on an asset reaches the platform through it. */
export const isGateway = (asset: { readonly kind: string }): boolean => /gateway/i.test(asset.kind)

const KINDS: Readonly<Record<Exclude<System, 'other'>, readonly string[]>> = {
  traffic: ['traffic-detector', 'traffic-signal', 'traffic-sign', 'radar', 'vehicle-counter', 'barrier', 'bollard'],
  transit: ['tram', 'tram-stop', 'bus', 'bus-stop', 'metro', 'passenger-display'],
  parking: ['parking-sensor', 'car-park-counter', 'parking-guidance'],
  people: ['people-counter', 'footfall-counter', 'wifi-counter', 'bicycle-counter', 'turnstile'],
  environment: ['air-quality-sensor', 'noise-monitor', 'weather-station', 'soil-sensor', 'flood-sensor'],
  lighting: ['luminaire', 'lighting-controller'],
  building: [
    'air-handler',
    'vav-box',
    'climate-sensor',
    'room-sensor',
    'fan-coil',
    'lift',
    'escalator',
    'door',
    'access-reader',
    'smoke-detector',
    'fire-panel',
  ],
  cooling: ['energy-transfer-station', 'chiller', 'chilled-water-pump', 'cooling-tower', 'cooling-meter'],
  energy: [
    'energy-meter',
    'meter',
    'feeder',
    'transformer',
    'switchgear',
    'ev-charger',
    'solar-inverter',
    'battery',
    'generator',
  ],
  water: ['water-meter', 'pump', 'valve', 'tank', 'leak-detector', 'irrigation-controller'],
  waste: ['waste-bin', 'waste-container', 'waste-chute'],
  video: ['camera', 'counting-camera', 'plate-camera', 'video-recorder'],
  network: ['gateway', 'network-switch', 'router', 'access-point', 'controller', 'plc'],
}
const SYSTEM_OF: ReadonlyMap<string, System> = new Map(
  Object.entries(KINDS).flatMap(([system, kinds]) => kinds.map((kind) => [kind, system as System] as const)),
)
