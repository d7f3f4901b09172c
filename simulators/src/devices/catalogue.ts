/** How a value comes about: each name is a process in processes.ts. */
export type ProcessName =
  | 'room-temperature'
  | 'room-humidity'
  | 'co2'
  | 'presence'
  | 'damper'
  | 'airflow'
  | 'supply-air'
  | 'return-air'
  | 'filter-pressure'
  | 'fan-power'
  | 'valve'
  | 'chilled-supply'
  | 'chilled-return'
  | 'chilled-flow'
  | 'cooling-power'
  | 'pressure-difference'
  | 'lift-floor'
  | 'lift-doors'
  | 'lift-vibration'
  | 'motor-temperature'
  | 'dim-level'
  | 'lamp-power'
  | 'speed'
  | 'flow'
  | 'lane-occupancy'
  | 'bay'
  | 'free-bays'
  | 'pm25'
  | 'pm10'
  | 'no2'
  | 'ozone'
  | 'outdoor-temperature'
  | 'outdoor-humidity'
  | 'solar'
  | 'wind'
  | 'noise'
  | 'power'
  | 'energy'
  | 'voltage'
  | 'power-factor'
  | 'water-flow'
  | 'water-volume'
  | 'water-pressure'
  | 'people'
  | 'density'
  | 'cpu'
  | 'uptime'

export interface PropertyKind {
  readonly property: string
  readonly unit: string
  /** Outside [min, max] a value cannot be true. */
  readonly min: number
  readonly max: number
  /** Resolution of the sensor, in `unit`. */
  readonly step: number
  readonly process: ProcessName
}

/** Payload formats that the simulated gateways speak. */
export type Format = 'pack' | 'senml-cbor' | 'senml-json' | 'json-flat' | 'json-single'

/** Networks of the district; each has gateways of its own. */
export type System = 'building' | 'metering' | 'lighting' | 'environment' | 'mobility' | 'people'

export interface DeviceKind {
  readonly kind: string
  readonly label: string
  readonly labelAr: string
  /** Part of an asset id. */
  readonly code: string
  readonly system: System
  readonly format: Format
  /** Kind of place that it stands in; people gather in squares and at tram stops. */
  readonly on: 'building' | 'street' | 'square' | 'carpark' | 'gathering'
  /** Share of all series that it gets, and at most so many devices, so that a large district grows in its rooms. */
  readonly share: number
  readonly atMost: number
  readonly intervalMs: number
  /** Floor: of buildings one of its floors, the lowest (-1), the roof, or the street. */
  readonly stands: 'floor' | 'basement' | 'roof' | 'street'
  readonly criticality: number
  readonly craft: string
  readonly contractor: string
  readonly statutoryClass?: string
  readonly properties: readonly PropertyKind[]
}

const p = (property: string, unit: string, min: number, max: number, step: number, process: ProcessName) => ({
  property,
  unit,
  min,
  max,
  step,
  process,
})

const COOLING = { craft: 'HVAC', contractor: 'Shamal Cooling Services' }
const POWER = { craft: 'electrical', contractor: 'Barq Electrical Works' }
const TRAFFIC = { craft: 'traffic', contractor: 'Masar Traffic Systems' }
const NETWORK = { craft: 'ICT', contractor: 'Rabt Networks' }

/** The gateways themselves report too. */
export const GATEWAY: Pick<DeviceKind, 'intervalMs' | 'properties' | 'craft' | 'contractor'> = {
  intervalMs: 30_000,
  ...NETWORK,
  properties: [p('cpuLoad', '%', 0, 100, 0.5, 'cpu'), p('uptime', 's', 0, 1e9, 1, 'uptime')],
}

/** Everything that measures, in the order of its importance. What the shares leave over is rooms. */
export const CATALOGUE: readonly DeviceKind[] = [
  {
    ...COOLING,
    kind: 'energy-transfer-station',
    label: 'ETS',
    labelAr: 'محطة نقل الطاقة',
    code: 'ets',
    system: 'metering',
    format: 'senml-cbor',
    on: 'building',
    share: 0.06,
    atMost: 400,
    intervalMs: 15_000,
    stands: 'basement',
    criticality: 4,
    properties: [
      p('supplyTemperature', 'Cel', 0, 30, 0.05, 'chilled-supply'),
      p('returnTemperature', 'Cel', 0, 40, 0.05, 'chilled-return'),
      p('flow', 'm3/h', 0, 500, 0.1, 'chilled-flow'),
      p('differentialPressure', 'kPa', 0, 400, 0.5, 'pressure-difference'),
      p('coolingPower', 'kW', 0, 4000, 1, 'cooling-power'),
    ],
  },
  {
    ...COOLING,
    kind: 'air-handler',
    label: 'AHU',
    labelAr: 'وحدة مناولة الهواء',
    code: 'ahu',
    system: 'building',
    format: 'pack',
    on: 'building',
    share: 0.14,
    atMost: 4000,
    intervalMs: 30_000,
    stands: 'roof',
    criticality: 3,
    properties: [
      p('supplyTemperature', 'Cel', 5, 40, 0.1, 'supply-air'),
      p('returnTemperature', 'Cel', 10, 45, 0.1, 'return-air'),
      p('filterPressure', 'Pa', 0, 600, 1, 'filter-pressure'),
      p('valvePosition', '%', 0, 100, 1, 'valve'),
      p('fanPower', 'kW', 0, 60, 0.1, 'fan-power'),
    ],
  },
  {
    kind: 'lift',
    label: 'Lift L',
    labelAr: 'مصعد',
    code: 'lift',
    system: 'building',
    format: 'json-flat',
    on: 'building',
    share: 0.03,
    atMost: 360,
    intervalMs: 10_000,
    stands: 'roof',
    criticality: 4,
    craft: 'vertical transport',
    contractor: 'Irtiqa Lifts',
    statutoryClass: 'lift',
    properties: [
      p('floor', '', -3, 60, 1, 'lift-floor'),
      p('doorCycles', '', 0, 1e9, 1, 'lift-doors'),
      p('vibration', 'mm/s', 0, 50, 0.01, 'lift-vibration'),
      p('motorTemperature', 'Cel', 0, 150, 0.5, 'motor-temperature'),
    ],
  },
  {
    ...POWER,
    kind: 'energy-meter',
    label: 'Energy meter EM',
    labelAr: 'عداد كهرباء',
    code: 'em',
    system: 'metering',
    format: 'senml-cbor',
    on: 'building',
    share: 0.1,
    atMost: 8000,
    intervalMs: 15_000,
    stands: 'basement',
    criticality: 2,
    properties: [
      p('power', 'kW', 0, 5000, 0.1, 'power'),
      p('energy', 'kWh', 0, 1e9, 0.1, 'energy'),
      p('voltage', 'V', 0, 500, 0.1, 'voltage'),
      p('powerFactor', '', 0, 1, 0.01, 'power-factor'),
    ],
  },
  {
    kind: 'water-meter',
    label: 'Water meter WM',
    labelAr: 'عداد مياه',
    code: 'wm',
    system: 'metering',
    format: 'senml-cbor',
    on: 'building',
    share: 0.04,
    atMost: 3000,
    intervalMs: 60_000,
    stands: 'basement',
    criticality: 2,
    craft: 'plumbing',
    contractor: 'Falaj Water Care',
    properties: [
      p('flow', 'm3/h', 0, 200, 0.01, 'water-flow'),
      p('volume', 'm3', 0, 1e8, 0.01, 'water-volume'),
      p('pressure', 'kPa', 0, 1200, 1, 'water-pressure'),
    ],
  },
  {
    ...TRAFFIC,
    kind: 'traffic-detector',
    label: 'Detector TD',
    labelAr: 'كاشف مرور',
    code: 'td',
    system: 'mobility',
    format: 'json-flat',
    on: 'street',
    share: 0.06,
    atMost: 300,
    intervalMs: 30_000,
    stands: 'street',
    criticality: 2,
    properties: [
      p('speed', 'km/h', 0, 160, 0.5, 'speed'),
      p('flow', '1/h', 0, 4000, 12, 'flow'),
      p('occupancy', '%', 0, 100, 0.1, 'lane-occupancy'),
    ],
  },
  {
    ...TRAFFIC,
    kind: 'parking-sensor',
    label: 'Bay',
    labelAr: 'موقف',
    code: 'bay',
    system: 'mobility',
    format: 'json-single',
    on: 'carpark',
    share: 0.06,
    atMost: 3000,
    intervalMs: 60_000,
    stands: 'street',
    criticality: 1,
    properties: [p('occupied', '', 0, 1, 1, 'bay')],
  },
  {
    ...TRAFFIC,
    kind: 'car-park-counter',
    label: 'Car park counter PC',
    labelAr: 'عداد موقف السيارات',
    code: 'pc',
    system: 'mobility',
    format: 'json-flat',
    on: 'carpark',
    share: 0.003,
    atMost: 3,
    intervalMs: 30_000,
    stands: 'street',
    criticality: 2,
    properties: [p('freeBays', '', 0, 2000, 1, 'free-bays')],
  },
  {
    ...NETWORK,
    kind: 'people-counter',
    label: 'People counter P',
    labelAr: 'عداد المارة',
    code: 'ppl',
    system: 'people',
    format: 'json-single',
    on: 'gathering',
    share: 0.02,
    atMost: 240,
    intervalMs: 10_000,
    stands: 'street',
    criticality: 3,
    properties: [p('people', '', 0, 20_000, 1, 'people'), p('density', '1/m2', 0, 12, 0.01, 'density')],
  },
  {
    ...POWER,
    kind: 'luminaire',
    label: 'Lamp LP',
    labelAr: 'مصباح',
    code: 'lp',
    system: 'lighting',
    format: 'pack',
    on: 'street',
    share: 0.12,
    atMost: 1800,
    intervalMs: 60_000,
    stands: 'street',
    criticality: 1,
    properties: [p('dimLevel', '%', 0, 100, 1, 'dim-level'), p('power', 'W', 0, 400, 0.1, 'lamp-power')],
  },
  {
    kind: 'air-quality-sensor',
    label: 'Air quality AQ',
    labelAr: 'جودة الهواء',
    code: 'aq',
    system: 'environment',
    format: 'senml-json',
    on: 'street',
    share: 0.06,
    atMost: 150,
    intervalMs: 60_000,
    stands: 'street',
    criticality: 2,
    craft: 'environment',
    contractor: 'Naqi Environmental',
    properties: [
      p('pm25', 'ug/m3', 0, 1000, 0.1, 'pm25'),
      p('pm10', 'ug/m3', 0, 2000, 0.1, 'pm10'),
      p('no2', 'ug/m3', 0, 1000, 0.5, 'no2'),
      p('ozone', 'ug/m3', 0, 800, 0.5, 'ozone'),
      p('temperature', 'Cel', -10, 70, 0.1, 'outdoor-temperature'),
      p('humidity', '%RH', 0, 100, 0.5, 'outdoor-humidity'),
    ],
  },
  {
    kind: 'noise-monitor',
    label: 'Noise N',
    labelAr: 'مقياس الضجيج',
    code: 'noise',
    system: 'environment',
    format: 'senml-json',
    on: 'street',
    share: 0.01,
    atMost: 150,
    intervalMs: 10_000,
    stands: 'street',
    criticality: 1,
    craft: 'environment',
    contractor: 'Naqi Environmental',
    properties: [p('laeq', 'dB', 20, 140, 0.1, 'noise')],
  },
  {
    kind: 'weather-station',
    label: 'Weather W',
    labelAr: 'محطة أرصاد',
    code: 'wx',
    system: 'environment',
    format: 'senml-json',
    on: 'square',
    share: 0.002,
    atMost: 3,
    intervalMs: 10_000,
    stands: 'street',
    criticality: 2,
    craft: 'environment',
    contractor: 'Naqi Environmental',
    properties: [
      p('temperature', 'Cel', -10, 70, 0.1, 'outdoor-temperature'),
      p('humidity', '%RH', 0, 100, 0.5, 'outdoor-humidity'),
      p('windSpeed', 'm/s', 0, 75, 0.1, 'wind'),
      p('solarIrradiance', 'W/m2', 0, 1500, 1, 'solar'),
    ],
  },
  {
    ...COOLING,
    kind: 'vav-box',
    label: 'VAV',
    labelAr: 'صندوق هواء',
    code: 'vav',
    system: 'building',
    format: 'pack',
    on: 'building',
    share: 0.1,
    atMost: 60_000,
    intervalMs: 60_000,
    stands: 'floor',
    criticality: 1,
    properties: [p('airflow', 'l/s', 0, 2000, 1, 'airflow'), p('damperPosition', '%', 0, 100, 1, 'damper')],
  },
]

/** Rooms take what is left. */
export const ROOM: DeviceKind = {
  ...COOLING,
  kind: 'room-sensor',
  label: 'Room',
  labelAr: 'غرفة',
  code: 'room',
  system: 'building',
  format: 'pack',
  on: 'building',
  share: 0,
  atMost: Number.POSITIVE_INFINITY,
  intervalMs: 60_000,
  stands: 'floor',
  criticality: 1,
  properties: [
    p('temperature', 'Cel', -10, 60, 0.1, 'room-temperature'),
    p('humidity', '%RH', 0, 100, 0.5, 'room-humidity'),
    p('co2', 'ppm', 250, 10_000, 5, 'co2'),
    p('occupied', '', 0, 1, 1, 'presence'),
  ],
}
