import type { EventView } from '@quartier/contracts/api'
import { EVENT_KINDS, type EventGroup, type EventKind } from '@quartier/contracts/events'
import type { Language } from '../theme/preferences.ts'
import { formatNumber, formatSpan, THIN_SPACE } from './format.ts'
import type { Translate } from './translate.ts'

type Word = readonly [english: string, arabic: string]

const KINDS: Readonly<Record<EventKind, Word>> = {
  vendor: ['Message of a maker', 'رسالة من الصانع'],
  'line-crossed': ['Line crossed', 'عبور خط'],
  'object-count': ['Count', 'تعداد'],
  occupancy: ['Occupancy', 'إشغال'],
  loitering: ['Loitering', 'تسكّع'],
  'object-detected': ['Object seen', 'رصد جسم'],
  'area-entered': ['Area entered', 'دخول منطقة'],
  'area-left': ['Area left', 'مغادرة منطقة'],
  'object-left-behind': ['Object left behind', 'جسم متروك'],
  'object-removed': ['Object removed', 'إزالة جسم'],
  motion: ['Motion', 'حركة'],
  crowd: ['Crowd', 'ازدحام'],
  'person-fallen': ['Person fallen', 'سقوط شخص'],
  'camera-tampered': ['Camera tampered with', 'عبث بكاميرا'],
  'plate-seen': ['Number plate seen', 'رصد لوحة مركبة'],
  'access-granted': ['Access granted', 'سماح بالدخول'],
  'access-denied': ['Access denied', 'رفض الدخول'],
  'door-forced': ['Door forced', 'فتح باب عنوة'],
  'door-held-open': ['Door held open', 'باب مفتوح أطول من اللازم'],
  intrusion: ['Intrusion', 'اقتحام'],
  'fire-alarm': ['Fire alarm', 'إنذار حريق'],
  smoke: ['Smoke', 'دخان'],
  'water-leak': ['Water leak', 'تسرّب مياه'],
  'lift-fault': ['Lift fault', 'عطل مصعد'],
  'lift-entrapment': ['People trapped in a lift', 'احتجاز في مصعد'],
  'escalator-stopped': ['Escalator stopped', 'توقف سلم متحرك'],
  'equipment-fault': ['Equipment fault', 'عطل معدات'],
  'power-failure': ['Power failure', 'انقطاع الكهرباء'],
  'limit-exceeded': ['Limit exceeded', 'تجاوز حد'],
  'traffic-incident': ['Traffic incident', 'حادث مروري'],
  'vehicle-stopped': ['Vehicle stopped', 'مركبة متوقفة'],
  'wrong-way': ['Vehicle in the wrong direction', 'مركبة عكس السير'],
  speeding: ['Speeding', 'تجاوز السرعة'],
  queue: ['Queue', 'صف انتظار'],
  'signal-fault': ['Signal fault', 'عطل إشارة'],
  'device-health': ['Health of a device', 'حالة جهاز'],
  'device-online': ['Device online', 'جهاز متصل'],
  'device-offline': ['Device offline', 'جهاز غير متصل'],
  'low-battery': ['Battery low', 'بطارية منخفضة'],
  'clock-skew': ['Clock of a device off', 'ساعة جهاز غير مضبوطة'],
  'device-tampered': ['Device tampered with', 'عبث بجهاز'],
  'device-restarted': ['Device restarted', 'إعادة تشغيل جهاز'],
}

const GROUPS: Readonly<Record<EventGroup, Word>> = {
  camera: ['Cameras', 'الكاميرات'],
  access: ['Doors and access', 'الأبواب والدخول'],
  building: ['Buildings', 'المباني'],
  traffic: ['Traffic', 'المرور'],
  device: ['Devices', 'الأجهزة'],
  vendor: ['Of makers', 'من الصانعين'],
}

const VALUES: Readonly<Record<string, Word>> = {
  person: ['person', 'شخص'],
  car: ['car', 'سيارة'],
  truck: ['truck', 'شاحنة'],
  bus: ['bus', 'حافلة'],
  bicycle: ['bicycle', 'دراجة'],
  motorcycle: ['motorcycle', 'دراجة نارية'],
  animal: ['animal', 'حيوان'],
  bag: ['bag', 'حقيبة'],
  in: ['in', 'دخول'],
  out: ['out', 'خروج'],
  start: ['begins', 'بداية'],
  end: ['ends', 'نهاية'],
}

const said = (word: Word, language: Language): string => word[language === 'ar' ? 1 : 0]

export const eventName = (kind: EventKind, language: Language): string => said(KINDS[kind], language)
export const groupName = (group: EventGroup, language: Language): string => said(GROUPS[group], language)

/** What matters of an event, in a few words: `3 person · in · north gate`. */
export function eventDetails({ kind, attributes }: EventView, language: Language, t: Translate): string {
  const parts: string[] = []
  if (attributes.phase === 'start' || attributes.phase === 'end') parts.push(wordOf(attributes.phase, language))
  for (const name of EVENT_KINDS[kind].attributes) {
    const value = attributes[name]
    if (value === undefined || name === 'phase') continue
    parts.push(detail(name, value, attributes, language, t))
  }
  return parts.filter((part) => part !== '').join(' · ')
}

function detail(
  name: string,
  value: string | number | boolean,
  attributes: EventView['attributes'],
  language: Language,
  t: Translate,
): string {
  if (name === 'plateToken') return t('events.token', { token: String(value).slice(0, 8) })
  if (name === 'capacity' && attributes.occupied !== undefined) return ''
  if (name === 'occupied' && typeof attributes.capacity === 'number')
    return t('events.ofCapacity', { n: formatNumber(Number(value)), total: formatNumber(attributes.capacity) })
  if (name === 'unit') return ''
  if (typeof value === 'number') return quantity(name, value, attributes, t)
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no')
  return wordOf(value, language)
}

function quantity(name: string, value: number, { unit, speedKmh }: EventView['attributes'], t: Translate): string {
  if (name === 'durationS') return formatSpan(value * 1000, t)
  if (name === 'offsetMs') return formatSpan(Math.abs(value), t)
  if (name === 'speedKmh') return `${formatNumber(value)}${THIN_SPACE}km/h`
  if (name === 'batteryPercent') return `${formatNumber(value)}${THIN_SPACE}%`
  if (name === 'confidence') return `${formatNumber(value * 100)}${THIN_SPACE}%`
  if (name === 'floor') return t('events.floor', { n: formatNumber(value) })
  const number = formatNumber(value, Number.isInteger(value) ? 0 : 1)
  if (name !== 'value' && name !== 'limit') return number
  const sign = typeof unit === 'string' ? unit : speedKmh === undefined ? '' : 'km/h'
  const quantity = sign === '' ? number : `${number}${THIN_SPACE}${sign}`
  return name === 'limit' ? t('events.limit', { n: quantity }) : quantity
}

const wordOf = (value: string, language: Language): string => {
  const word = VALUES[value]
  return word ? said(word, language) : value
}
