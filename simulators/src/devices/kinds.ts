import type { ProcessName } from './processes.ts'

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
export type Format =
  | 'pack'
  | 'senml-cbor'
  | 'senml-json'
  | 'json-flat'
  | 'json-single'
  | 'chirpstack'
  | 'ttn'
  | 'sparkplug'
  | 'zigbee'
  | 'frigate'
  | 'onvif'

/** Networks of the district; each has gateways of its own. */
export type System =
  | 'building'
  | 'metering'
  | 'lighting'
  | 'environment'
  | 'mobility'
  | 'people'
  | 'waste'
  | 'video'
  | 'plant'

export interface DeviceKind {
  readonly kind: string
  readonly label: string
  readonly labelAr: string
  /** Part of an asset id. */
  readonly code: string
  readonly system: System
  readonly format: Format
  /** Kind of place that it stands in; people gather in squares and at tram stops, the plant is one building. */
  readonly on: 'building' | 'plant' | 'street' | 'square' | 'carpark' | 'stop' | 'gathering'
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

/** Shorthand of the tables. */
export const p = (property: string, unit: string, min: number, max: number, step: number, process: ProcessName) => ({
  property,
  unit,
  min,
  max,
  step,
  process,
})
