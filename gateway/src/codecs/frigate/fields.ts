import { Picked } from '../json/picked.ts'
import { drop, IGNORE, Shape, span, type Wanted } from '../json/shape.ts'

/** What is left of a tracked object, whatever of it a message repeats. */
const REMOVED: Wanted = {
  snapshot: drop('image'),
  thumbnail: drop('image'),
  sub_label: drop('person'),
  attributes: drop('appearance'),
  current_attributes: drop('appearance'),
  box: drop('position'),
  region: drop('position'),
  path_data: drop('position'),
  data: drop('text'),
  description: drop('text'),
  thumb_path: drop('uri'),
  frame_time: IGNORE,
  snapshot_time: IGNORE,
  id: IGNORE,
  camera: IGNORE,
  label: IGNORE,
  top_score: IGNORE,
  score: IGNORE,
  false_positive: IGNORE,
  start_time: IGNORE,
  end_time: IGNORE,
  area: IGNORE,
  ratio: IGNORE,
  active: IGNORE,
  stationary: IGNORE,
  motionless_count: IGNORE,
  position_changes: IGNORE,
  current_zones: IGNORE,
  entered_zones: IGNORE,
  has_clip: IGNORE,
  has_snapshot: IGNORE,
  pending_loitering: IGNORE,
  max_severity: IGNORE,
  velocity_angle: IGNORE,
  current_estimated_speed: IGNORE,
  average_estimated_speed: IGNORE,
  recognized_license_plate_score: IGNORE,
  model_type: IGNORE,
  model_hash: IGNORE,
  detector_type: IGNORE,
  retain_indefinitely: IGNORE,
  zones: IGNORE,
  type: IGNORE,
}

const EVENT = new Shape({
  type: 'type',
  before: span('before', 'after'),
  after: {
    ...REMOVED,
    id: 'id',
    camera: 'camera',
    label: 'label',
    frame_time: 'at',
    start_time: 'startAt',
    end_time: 'endAt',
    top_score: 'score',
    false_positive: 'falsePositive',
    stationary: 'stationary',
    current_zones: span('zones'),
    average_estimated_speed: 'speed',
    recognized_license_plate: 'plate',
    recognized_license_plate_score: 'plateScore',
  },
})

/** Members of a message on `events`, by slot. */
export const event = {
  shape: EVENT,
  picked: new Picked(EVENT),
  at: EVENT.slotsOf(
    'type',
    'before',
    'id',
    'camera',
    'label',
    'at',
    'startAt',
    'endAt',
    'score',
    'falsePositive',
    'stationary',
    'zones',
    'speed',
    'plate',
    'plateScore',
  ),
}

const UPDATE = new Shape({
  type: 'type',
  id: IGNORE,
  event_id: IGNORE,
  camera: 'camera',
  timestamp: 'at',
  plate: 'plate',
  score: 'score',
  name: drop('person'),
  description: drop('text'),
  sub_label: drop('person'),
  attribute: drop('appearance'),
  box: drop('position'),
  model: IGNORE,
})

/** Members of a message on `tracked_object_update`. */
export const update = {
  shape: UPDATE,
  picked: new Picked(UPDATE),
  at: UPDATE.slotsOf('type', 'camera', 'at', 'plate', 'score'),
}

const REVIEW_REMOVED: Wanted = {
  id: IGNORE,
  camera: IGNORE,
  start_time: IGNORE,
  end_time: IGNORE,
  severity: IGNORE,
  has_been_reviewed: IGNORE,
  thumb_path: drop('uri'),
  data: {
    detections: IGNORE,
    objects: IGNORE,
    verified_objects: IGNORE,
    zones: IGNORE,
    audio: IGNORE,
    thumb_time: IGNORE,
    sub_labels: drop('person'),
    metadata: drop('text'),
  },
}
const REVIEW = new Shape({
  type: IGNORE,
  before: REVIEW_REMOVED,
  after: { ...REVIEW_REMOVED, camera: 'camera' },
})

/** Members of a message on `reviews`, of which nothing is kept: they sum up what `events` has told. */
export const review = { shape: REVIEW, picked: new Picked(REVIEW), at: REVIEW.slotsOf('camera') }
