import { REMOVAL_KINDS } from '@quartier/contracts/privacy'
import { cleanName } from '../privacy/scrub.ts'
import type { ReadingSink } from './codec.ts'
import type { Picked } from './json/picked.ts'
import { Words } from './words.ts'

/** What all camera codecs do alike. */

/** {@link cleanName} of a text that was picked; '' when there is none. */
export const nameAt = (p: Picked, slot: number): string => wordAt(names, p, slot)

/** {@link objectClassOf} of a text that was picked. */
export const classAt = (p: Picked, slot: number): string => wordAt(classes, p, slot)

/** What `words` makes of a text that was picked; of '' when there is none. */
export function wordAt(words: Words, p: Picked, slot: number): string {
  const [from, to] = [p.from[slot] as number, p.to[slot] as number]
  return p.isPlainText(slot) ? words.of(p.bytes, from, to) : words.make(p.text(slot))
}

/** Tells the privacy door what was left out of a message. */
export function tellRemoved(sink: ReadingSink, camera: string, p: Picked): void {
  if (p.removals === 0 || sink.privacy === undefined) return
  for (let kind = 0; kind < REMOVAL_KINDS.length; kind++) {
    const count = p.removed[kind] as number
    if (count > 0) sink.privacy.removed(camera, REMOVAL_KINDS[kind] as (typeof REMOVAL_KINDS)[number], count)
  }
}

/** A name as a part of a property: short, clean, without what a property may not hold; `fallback` when nothing is left. */
export function propertyPart(name: string, fallback = 'all'): string {
  const clean = cleanName(name).replaceAll(UNFIT, '_')
  return clean === '' ? fallback : clean
}

/** Properties that begin alike and end in the {@link propertyPart} of a name. */
export const propertiesOf = (beginning: string): Words =>
  new Words((name) => `${beginning}.${propertyPart(cleanName(name))}`)

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNFIT = /[/+#\u0000-\u001f\u007f]/g

/** Names of zones, rules and cameras, clean. */
export const names = new Words(cleanName)
const classes = new Words((label) => objectClassOf(label))

/** The words that cameras have for what moves, and ours; others stay as they are. */
const CLASSES: Readonly<Record<string, string>> = {
  human: 'person',
  pedestrian: 'person',
  people: 'person',
  vehicle: 'car',
  bike: 'bicycle',
  cyclist: 'bicycle',
  motorbike: 'motorcycle',
  motorcycle: 'motorcycle',
  lorry: 'truck',
  van: 'truck',
  dog: 'animal',
  cat: 'animal',
  bird: 'animal',
  horse: 'animal',
  backpack: 'bag',
  handbag: 'bag',
  suitcase: 'bag',
  luggage: 'bag',
}

/** The class of an object in our words. A face or a plate is none: '' */
export function objectClassOf(label: string): string {
  const word = label.toLowerCase()
  if (word === 'face' || word === 'license_plate' || word === 'licenseplate' || word === 'humanface') return ''
  return Object.hasOwn(CLASSES, word) ? (CLASSES[word] as string) : cleanName(word).slice(0, 32)
}
