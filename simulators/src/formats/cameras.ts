import type { Encode } from './encode.ts'

/** `count.person` of a camera of Frigate stands on the topic of the object. */
export const frigateTopic = (camera: string, property: string): string =>
  `frigate/${camera}/${property.replace(/^count\./, '')}`

/** A count as Frigate publishes it: a bare number, without a time. */
export const encodeFrigateCount: Encode = (_rows, _measuredAt, values) =>
  Number.isNaN(values[0]) ? undefined : String(values[0])

/** `occupancy.Plaza` of a camera stands on the topic of ONVIF's counting rule. */
export const onvifTopic = (source: string, camera: string, property: string): string =>
  `onvif/${source}/${camera}/onvif-ej/RuleEngine/CountAggregation/OccupancyCounter/&1/1/${ruleOf(property)}`

const ruleOf = (property: string): string => property.replace(/^occupancy\./, '')

/** The number of people inside an area, ONVIF Profile M. */
export const encodeOnvifOccupancy: Encode = (rows, measuredAt, values) =>
  Number.isNaN(values[0])
    ? undefined
    : JSON.stringify({
        UtcTime: new Date(measuredAt).toISOString(),
        Source: { VideoSource: '1', AnalyticsConfiguration: '1', Rule: ruleOf(rows.properties[0]!) },
        Data: { Count: String(values[0]) },
      })

/** Something that a camera of Frigate follows. */
export interface Tracked {
  readonly camera: string
  readonly id: string
  readonly label: 'person' | 'car' | 'bicycle'
  readonly startsAt: number
  readonly endsAt: number
  readonly score: number
  /** Of a car, read by the camera; invented. */
  readonly plate?: string
  /** Somebody's face, which the camera compares; invented. */
  readonly name?: string
}

/** A message of `frigate/events`, with all that Frigate adds: boxes, paths of pictures, names and plates. */
export function frigateEvent(t: Tracked, type: 'new' | 'end'): string {
  const state = (at: number, zones: readonly string[]) => ({
    id: t.id,
    camera: t.camera,
    frame_time: at / 1_000,
    snapshot: { frame_time: at / 1_000, box: [424, 500, 536, 712], region: [264, 450, 667, 853], score: t.score },
    label: t.label,
    sub_label: t.name ? [t.name, 0.91] : null,
    top_score: t.score,
    false_positive: false,
    start_time: t.startsAt / 1_000,
    end_time: type === 'end' ? at / 1_000 : null,
    score: t.score,
    box: [424, 500, 536, 712],
    area: 23_744,
    region: [264, 450, 667, 853],
    stationary: false,
    current_zones: zones,
    entered_zones: zones,
    has_clip: false,
    has_snapshot: true,
    attributes: t.name ? { face: 0.86 } : {},
    recognized_license_plate: t.plate ?? null,
    recognized_license_plate_score: t.plate ? 0.93 : null,
    path_data: [[[0.52, 0.81], t.startsAt / 1_000]],
  })
  const at = type === 'new' ? t.startsAt : t.endsAt
  return JSON.stringify({ type, before: state(t.startsAt, ['entrance']), after: state(at, ['entrance']) })
}

export const FRIGATE_EVENTS = 'frigate/events'

export const onvifCrossedTopic = (source: string, camera: string): string =>
  `onvif/${source}/${camera}/onvif-ej/RuleEngine/LineDetector/Crossed/&1/1/Gate`

/** Somebody crossed a line, ONVIF Profile M. */
export const onvifCrossed = (at: number, objectId: number, direction: 'Left' | 'Right'): string =>
  JSON.stringify({
    UtcTime: new Date(at).toISOString(),
    Source: { VideoSource: '1', AnalyticsConfiguration: '1', Rule: 'Gate' },
    Data: { ObjectId: String(objectId), Direction: direction, ClassTypes: 'Human' },
  })
