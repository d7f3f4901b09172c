import { cleanName } from '../../privacy/scrub.ts'
import { utf8 } from '../bytes.ts'
import { propertyPart } from '../camera.ts'
import type { MessageContext } from '../codec.ts'

/** What a topic of Frigate carries. */
export type FrigateTopic =
  | { readonly is: 'events' | 'reviews' | 'updates' | 'stats' | 'available' | 'ignored' }
  /** A number or ON and OFF, for one property of a camera or zone. */
  | { readonly is: 'count' | 'number' | 'switch'; readonly device: string; readonly property: string }
  | { readonly is: 'image' | 'words' | 'unknown'; readonly device: string }

/** Topics that say how Frigate is set up, or ask it for something. */
const SETTINGS = new Set(['set', 'state', 'restart', 'onConnect', 'camera_activity', 'camera_monitoring'])
const STATUS = new Set(['review_status', 'birdseye', 'birdseye_mode', 'ptz', 'status', 'notifications', 'role'])

/** The topic without its first `prefixLevels` levels, understood; worked out once and remembered. */
export function topicOf(context: MessageContext, prefixLevels: number): FrigateTopic {
  context.memo ??= understand(topicText(context).split('/').slice(prefixLevels))
  return context.memo as FrigateTopic
}

const topicText = ({ topicBytes }: MessageContext): string => utf8(topicBytes, 0, topicBytes.length)

function understand(levels: readonly string[]): FrigateTopic {
  const [first = '', second, third] = levels
  if (levels.length === 1) return oneLevel(first)
  const last = levels.at(-1) as string
  const device = cleanName(first)
  if (last === 'snapshot' || last === 'thumbnail' || first === 'birdseye') return { is: 'image', device }
  if (SETTINGS.has(last) || SETTINGS.has(first) || STATUS.has(second as string)) return { is: 'ignored' }
  if (device === '' || levels.length > 3) return { is: 'unknown', device }
  if (second === 'audio') return audio(device, third)
  if (third === undefined)
    return second === 'motion'
      ? { is: 'switch', device, property: 'motion' }
      : { is: 'count', device, property: `count.${propertyPart(second as string)}` }
  if (third === 'active') return { is: 'count', device, property: `active.${propertyPart(second as string)}` }
  return { is: 'unknown', device }
}

function oneLevel(level: string): FrigateTopic {
  if (level === 'events' || level === 'reviews' || level === 'stats' || level === 'available') return { is: level }
  if (level === 'tracked_object_update') return { is: 'updates' }
  return SETTINGS.has(level) || level === 'notifications' ? { is: 'ignored' } : { is: 'unknown', device: '' }
}

function audio(device: string, what: string | undefined): FrigateTopic {
  if (what === 'transcription') return { is: 'words', device }
  if (what === 'dBFS' || what === 'rms') return { is: 'number', device, property: `audio.${what.toLowerCase()}` }
  return what ? { is: 'switch', device, property: `audio.${propertyPart(what)}` } : { is: 'unknown', device }
}
