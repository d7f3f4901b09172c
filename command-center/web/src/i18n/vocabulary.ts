import type { Language } from '../theme/preferences.ts'

type Word = readonly [en: string, ar: string]

/** What well-known properties are called. Registry names stay as they are; these are only the measured quantities. */
const PROPERTIES: Readonly<Record<string, Word>> = {
  temperature: ['Temperature', 'درجة الحرارة'],
  humidity: ['Humidity', 'الرطوبة'],
  co2: ['CO₂', 'ثاني أكسيد الكربون'],
  occupied: ['Occupied', 'مشغول'],
  supplyTemperature: ['Supply temperature', 'حرارة التغذية'],
  returnTemperature: ['Return temperature', 'حرارة الراجع'],
  flow: ['Flow', 'التدفق'],
  differentialPressure: ['Differential pressure', 'فرق الضغط'],
  coolingPower: ['Cooling power', 'قدرة التبريد'],
  filterPressure: ['Filter pressure', 'ضغط المرشح'],
  valvePosition: ['Valve position', 'وضع الصمام'],
  fanPower: ['Fan power', 'قدرة المروحة'],
  floor: ['Floor', 'الطابق'],
  doorCycles: ['Door cycles', 'دورات الباب'],
  vibration: ['Vibration', 'الاهتزاز'],
  motorTemperature: ['Motor temperature', 'حرارة المحرك'],
  power: ['Power', 'القدرة'],
  energy: ['Energy', 'الطاقة'],
  voltage: ['Voltage', 'الجهد'],
  current: ['Current', 'التيار'],
  powerFactor: ['Power factor', 'معامل القدرة'],
  volume: ['Volume', 'الحجم'],
  pressure: ['Pressure', 'الضغط'],
  speed: ['Speed', 'السرعة'],
  occupancy: ['Occupancy', 'الإشغال'],
  freeBays: ['Free bays', 'مواقف شاغرة'],
  people: ['People', 'الأشخاص'],
  density: ['Density', 'الكثافة'],
  dimLevel: ['Dim level', 'مستوى الإضاءة'],
  pm25: ['PM2.5', 'PM2.5'],
  pm10: ['PM10', 'PM10'],
  no2: ['NO₂', 'ثاني أكسيد النيتروجين'],
  ozone: ['Ozone', 'الأوزون'],
  laeq: ['Noise level', 'مستوى الضجيج'],
  windSpeed: ['Wind speed', 'سرعة الرياح'],
  solarIrradiance: ['Solar irradiance', 'الإشعاع الشمسي'],
  airflow: ['Airflow', 'تدفق الهواء'],
  damperPosition: ['Damper position', 'وضع المخمد'],
  cpuLoad: ['Processor load', 'حمل المعالج'],
  uptime: ['Uptime', 'مدة التشغيل'],
  condenserTemperature: ['Condenser temperature', 'حرارة المكثف'],
  bearingTemperature: ['Bearing temperature', 'حرارة المحمل'],
  basinTemperature: ['Basin temperature', 'حرارة الحوض'],
  axleTemperature: ['Axle temperature', 'حرارة المحور'],
  running: ['Running', 'قيد التشغيل'],
  queue: ['Vehicles waiting', 'مركبات منتظرة'],
  greenShare: ['Share of green', 'نسبة الضوء الأخضر'],
  battery: ['Battery', 'البطارية'],
  linkquality: ['Link quality', 'جودة الاتصال'],
  passengers: ['Passengers', 'الركاب'],
  fillLevel: ['Fill level', 'مستوى الامتلاء'],
  'count.person': ['People in view', 'أشخاص في المشهد'],
  'count.car': ['Cars in view', 'سيارات في المشهد'],
  'occupancy.Plaza': ['People in the area', 'أشخاص في المنطقة'],
  'lora.rssi': ['Signal strength', 'قوة الإشارة'],
  'lora.snr': ['Signal to noise', 'نسبة الإشارة إلى الضجيج'],
}

const KINDS: Readonly<Record<string, Word>> = {
  gateway: ['gateway', 'بوابة'],
  feeder: ['feeder', 'مغذٍّ'],
  'network-switch': ['network switch', 'محوّل شبكة'],
  'energy-transfer-station': ['energy transfer station', 'محطة نقل الطاقة'],
  'air-handler': ['air handler', 'وحدة مناولة الهواء'],
  lift: ['lift', 'مصعد'],
  'energy-meter': ['energy meter', 'عداد كهرباء'],
  'water-meter': ['water meter', 'عداد مياه'],
  'traffic-detector': ['traffic detector', 'كاشف مرور'],
  'parking-sensor': ['parking sensor', 'حسّاس موقف'],
  'car-park-counter': ['car park counter', 'عداد موقف السيارات'],
  'people-counter': ['people counter', 'عداد المارة'],
  luminaire: ['luminaire', 'مصباح'],
  'air-quality-sensor': ['air quality sensor', 'حسّاس جودة الهواء'],
  'noise-monitor': ['noise monitor', 'مقياس الضجيج'],
  'weather-station': ['weather station', 'محطة أرصاد'],
  'vav-box': ['air volume box', 'صندوق هواء'],
  'room-sensor': ['room sensor', 'حسّاس غرفة'],
  'climate-sensor': ['climate sensor', 'حسّاس مناخ'],
  'tram-stop': ['tram stop', 'محطة ترام'],
  chiller: ['chiller', 'مبرّد'],
  'chilled-water-pump': ['chilled water pump', 'مضخة ماء مبرّد'],
  'cooling-tower': ['cooling tower', 'برج تبريد'],
  escalator: ['escalator', 'سلم متحرك'],
  'traffic-signal': ['traffic signal', 'إشارة مرور'],
  tram: ['tram', 'ترام'],
  'waste-bin': ['waste bin', 'حاوية نفايات'],
  'ev-charger': ['vehicle charger', 'شاحن مركبات'],
  camera: ['camera', 'كاميرا'],
  'counting-camera': ['counting camera', 'كاميرا عدّ'],
}

/** Quantities that are 1 or 0 and mean yes or no. */
const YES_NO = new Set([
  'occupied',
  'occupancyState',
  'open',
  'doorOpen',
  'running',
  'on',
  'motion',
  'presence',
  'alarm',
  'fault',
  'leak',
])

const CRAFTS: Readonly<Record<string, Word>> = {
  civil: ['civil works', 'أعمال مدنية'],
  electrical: ['electrical', 'كهرباء'],
  environment: ['environment', 'بيئة'],
  HVAC: ['heating, ventilation, cooling', 'تدفئة وتهوية وتبريد'],
  ICT: ['networks and IT', 'شبكات وتقنية المعلومات'],
  plumbing: ['plumbing', 'سباكة'],
  rail: ['rail vehicles', 'مركبات الترام'],
  waste: ['waste', 'النفايات'],
  traffic: ['traffic', 'مرور'],
  'vertical transport': ['lifts and escalators', 'مصاعد وسلالم متحركة'],
}

/** Why readings are refused; what is not listed is found by its first word. */
const REASONS: Readonly<Record<string, Word>> = {
  'too-late': ['too old', 'قديمة جدًا'],
  future: ['from the future', 'من المستقبل'],
  'no-time': ['without a usable time', 'بلا وقت صالح'],
  'not-finite': ['not a number', 'ليست رقمًا'],
  permission: ['not allowed to send this', 'غير مسموح بإرسالها'],
  'device-not-allowed': ['device not allowed', 'جهاز غير مسموح به'],
  'series-unknown': ['of unknown sensors', 'من حسّاسات غير معروفة'],
  'series-refused': ['waiting for approval', 'بانتظار الموافقة'],
  'series-limit': ['of too many sensors', 'من حسّاسات أكثر من الحد'],
  series: ['badly named', 'باسم غير صالح'],
  json: ['unreadable messages', 'رسائل غير مقروءة'],
  senml: ['unreadable messages', 'رسائل غير مقروءة'],
  cbor: ['unreadable messages', 'رسائل غير مقروءة'],
  pack: ['unreadable messages', 'رسائل غير مقروءة'],
}

/** A reason for which readings are refused, in words; an unknown one as it is. */
export const reasonWords = (reason: string, language: Language): string =>
  inLanguage(REASONS[reason] ?? REASONS[reason.split('-')[0]!], language) ?? plain(reason)

export const isYesNo = (property: string): boolean => YES_NO.has(property)

export const craftName = (craft: string, language: Language): string => inLanguage(CRAFTS[craft], language) ?? craft

/** `207 traffic detectors`. @param count already written */
export function countedKind(kind: string, count: string, language: Language): string {
  const name = kindName(kind, language)
  return language === 'ar' ? `${name}: ${count}` : `${count} ${count === '1' ? name : plural(name)}`
}

/** An English noun in the plural. */
export function plural(noun: string): string {
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`
}

/** The name of a measured quantity; an unknown one is taken apart: `doorCycles` → `Door cycles`. */
export const propertyName = (property: string, language: Language): string =>
  inLanguage(PROPERTIES[property], language) ?? capitalised(plain(property))

export const kindName = (kind: string, language: Language): string => inLanguage(KINDS[kind], language) ?? plain(kind)

const inLanguage = (word: Word | undefined, language: Language): string | undefined => word?.[language === 'ar' ? 1 : 0]

const plain = (name: string): string =>
  name
    .replace(/[-_.]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** What some of the words of a question mean by themselves: `air handlers`, `wind speed`. */
export interface Meaning {
  readonly kind: string | undefined
  readonly property: string | undefined
  /** The words that mean nothing special. */
  readonly rest: readonly string[]
}

/** Finds the name of a kind and of a quantity among the words, the longest first. @param words in small letters */
export function meantBy(words: readonly string[]): Meaning {
  const kind = phraseIn(words, kindsByName)
  const after = kind?.rest ?? words
  const property = phraseIn(after, propertiesByName)
  return { kind: kind?.meaning, property: property?.meaning, rest: property?.rest ?? after }
}

function phraseIn(words: readonly string[], meanings: ReadonlyMap<string, string>) {
  for (let length = Math.min(4, words.length); length > 0; length--) {
    for (let from = 0; from + length <= words.length; from++) {
      const meaning = meanings.get(words.slice(from, from + length).join(' '))
      if (meaning !== undefined) return { meaning, rest: [...words.slice(0, from), ...words.slice(from + length)] }
    }
  }
  return undefined
}

const kindsByName = new Map(
  Object.entries(KINDS).flatMap(([kind, [english, arabic]]) =>
    [kind, english, plural(english), arabic].map((name) => [name.toLowerCase(), kind] as const),
  ),
)
const propertiesByName = new Map(
  Object.entries(PROPERTIES).flatMap(([property, [english, arabic]]) =>
    [english, arabic].map((name) => [name.toLowerCase(), property] as const),
  ),
)
