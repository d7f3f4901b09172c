/** What a kind of event belongs to: the shape of its symbol on the map. */
export const EVENT_GROUPS = ['camera', 'access', 'building', 'traffic', 'device', 'vendor'] as const
export type EventGroup = (typeof EVENT_GROUPS)[number]

export const SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

interface KindRow {
  /** Stands for the kind on the wire and on disk: never changes, never used again. 1–255. */
  readonly code: number
  readonly group: EventGroup
  /** Severity where the device names none. */
  readonly severity: Severity
  /** Attributes of {@link EVENT_ATTRIBUTES} that say what matters about it. */
  readonly attributes: readonly AttributeName[]
}

/**
 * Attributes that mean the same in every event, with their units. Others are allowed under other names, and are then
 * whatever the device says.
 */
export const EVENT_ATTRIBUTES = {
  phase: 'string', // "start" or "end" of what lasts; absent for what happens at once
  objectClass: 'string', // "person", "car", "truck", "bus", "bicycle", "motorcycle", "animal", "bag"
  objectId: 'string', // the camera's number for a tracked object, not a person's
  count: 'number',
  direction: 'string', // "in", "out", or the name that the camera gives
  rule: 'string', // the rule of the camera that fired
  line: 'string',
  area: 'string', // zone of the camera's picture, in its own words
  occupied: 'number', // of `capacity`
  capacity: 'number',
  confidence: 'number', // 0–1
  durationS: 'number',
  speedKmh: 'number',
  plateToken: 'string', // keyed token of the day; never a plate
  country: 'string', // ISO 3166 alpha-2
  door: 'string',
  fault: 'string', // code or word of the maker
  floor: 'number',
  state: 'string',
  value: 'number',
  limit: 'number',
  unit: 'string',
  batteryPercent: 'number',
  offsetMs: 'number', // clock of the device less ours
  vendorKind: 'string', // what the maker calls it
  longitude: 'number', // WGS 84, of what moves
  latitude: 'number',
} as const satisfies Record<string, 'string' | 'number' | 'boolean'>
export type AttributeName = keyof typeof EVENT_ATTRIBUTES

const row = (
  code: number,
  group: EventGroup,
  severity: Severity,
  ...attributes: readonly AttributeName[]
): KindRow => ({ code, group, severity, attributes })

/** Every kind of event, in the words of its field. `vendor` is any other: `vendorKind` says which. */
export const EVENT_KINDS = {
  vendor: row(1, 'vendor', 'info', 'vendorKind'),

  'line-crossed': row(2, 'camera', 'info', 'line', 'direction', 'objectClass'),
  'object-count': row(3, 'camera', 'info', 'count', 'objectClass', 'area'),
  occupancy: row(4, 'camera', 'info', 'occupied', 'capacity', 'area'),
  loitering: row(5, 'camera', 'notice', 'objectClass', 'area', 'durationS'),
  'object-detected': row(6, 'camera', 'info', 'objectClass', 'confidence', 'area'),
  'area-entered': row(7, 'camera', 'info', 'area', 'objectClass', 'direction'),
  'area-left': row(8, 'camera', 'info', 'area', 'objectClass', 'direction'),
  'object-left-behind': row(9, 'camera', 'warning', 'objectClass', 'area'),
  'object-removed': row(10, 'camera', 'notice', 'objectClass', 'area'),
  motion: row(11, 'camera', 'info', 'area'),
  crowd: row(12, 'camera', 'warning', 'count', 'area'),
  'person-fallen': row(13, 'camera', 'critical', 'area', 'confidence'),
  'camera-tampered': row(14, 'camera', 'warning', 'fault'),
  'plate-seen': row(15, 'camera', 'info', 'plateToken', 'country', 'direction'),

  'access-granted': row(20, 'access', 'info', 'door', 'direction'),
  'access-denied': row(21, 'access', 'notice', 'door'),
  'door-forced': row(22, 'access', 'critical', 'door'),
  'door-held-open': row(23, 'access', 'warning', 'door', 'durationS'),
  intrusion: row(24, 'access', 'critical', 'area'),

  'fire-alarm': row(30, 'building', 'critical', 'area', 'floor'),
  smoke: row(31, 'building', 'critical', 'area', 'floor'),
  'water-leak': row(32, 'building', 'warning', 'area', 'floor'),
  'lift-fault': row(33, 'building', 'warning', 'fault', 'floor'),
  'lift-entrapment': row(34, 'building', 'critical', 'floor'),
  'escalator-stopped': row(35, 'building', 'warning', 'fault'),
  'equipment-fault': row(36, 'building', 'warning', 'fault'),
  'power-failure': row(37, 'building', 'critical', 'phase'),
  'limit-exceeded': row(38, 'building', 'warning', 'value', 'limit', 'unit'),

  'traffic-incident': row(50, 'traffic', 'warning', 'state'),
  'vehicle-stopped': row(51, 'traffic', 'notice', 'objectClass', 'durationS'),
  'wrong-way': row(52, 'traffic', 'critical', 'objectClass', 'speedKmh'),
  speeding: row(53, 'traffic', 'notice', 'speedKmh', 'limit'),
  queue: row(54, 'traffic', 'notice', 'count'),
  'signal-fault': row(55, 'traffic', 'warning', 'fault'),

  'device-health': row(70, 'device', 'info', 'state', 'fault'),
  'device-online': row(71, 'device', 'info'),
  'device-offline': row(72, 'device', 'warning'),
  'low-battery': row(73, 'device', 'notice', 'batteryPercent'),
  'clock-skew': row(74, 'device', 'notice', 'offsetMs'),
  'device-tampered': row(75, 'device', 'warning'),
  'device-restarted': row(76, 'device', 'info', 'fault'),
} as const satisfies Record<string, KindRow>
export type EventKind = keyof typeof EVENT_KINDS

const CODES = new Map(Object.entries(EVENT_KINDS).map(([kind, { code }]) => [code, kind as EventKind]))

export const isEventKind = (text: string): text is EventKind => Object.hasOwn(EVENT_KINDS, text)

/** The kind of a code; `vendor` for one that a newer release has written. */
export const kindOfCode = (code: number): EventKind => CODES.get(code) ?? 'vendor'
