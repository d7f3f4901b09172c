import { aList, aName, aNumber, anObject, aTruth, aWord, type Kept } from '../../privacy/copy.ts'
import type { FrigateTopic } from './topics.ts'

/** Labels of Frigate's own model and its most used others. A face, a plate and names of somebody's own are none. */
const LABELS =
  'person bicycle car motorcycle airplane bus train boat truck bird cat dog horse sheep cow bear bag backpack umbrella ' +
  'handbag suitcase package van ball scooter stroller animal vehicle'
const aLabel = aWord(LABELS)

const OBJECT = anObject({
  ...{ camera: aName, label: aLabel, frame_time: aNumber, start_time: aNumber, end_time: aNumber },
  ...{ score: aNumber, top_score: aNumber, false_positive: aTruth, active: aTruth, stationary: aTruth },
  ...{ motionless_count: aNumber, position_changes: aNumber, has_clip: aTruth, has_snapshot: aTruth },
  ...{ current_zones: aList(aName), entered_zones: aList(aName) },
  ...{ current_estimated_speed: aNumber, average_estimated_speed: aNumber },
})
const EVENT = anObject({ type: aWord('new update end'), before: OBJECT, after: OBJECT })

const REVIEWED = anObject({
  ...{ camera: aName, start_time: aNumber, end_time: aNumber, severity: aWord('alert detection') },
  data: anObject({ objects: aList(aLabel), zones: aList(aName) }),
})
const REVIEW = anObject({ type: aWord('new update end genai'), before: REVIEWED, after: REVIEWED })

/** How a message of Frigate is copied without what could tell who somebody is; `undefined`: not at all. */
export function copyFor(topic: FrigateTopic): Kept | undefined {
  if (topic.is === 'events') return EVENT
  if (topic.is === 'reviews') return REVIEW
  return topic.is === 'count' || topic.is === 'number' ? aNumber : undefined
}
