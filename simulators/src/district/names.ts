/** Names in English and Arabic. All invented. */
export interface Names {
  readonly name: string
  readonly nameAr: string
}

export const DISTRICT_NAME: Names = { name: 'Naseem Quarter', nameAr: 'حي النسيم' }

export const CAR_PARK_NAMES: readonly Names[] = [
  { name: 'Car Park P1', nameAr: 'موقف السيارات 1' },
  { name: 'Car Park P2', nameAr: 'موقف السيارات 2' },
  { name: 'Car Park P3', nameAr: 'موقف السيارات 3' },
]

/** Buildings with a name, by number; the others are called by it. */
export const BUILDING_NAMES: Readonly<Record<number, Names>> = {
  3: { name: 'Reed House', nameAr: 'بيت القصب' },
  7: { name: 'Naseem School', nameAr: 'مدرسة النسيم' },
  14: { name: 'Corniche Hotel', nameAr: 'فندق الكورنيش' },
  19: { name: 'Harbour Court', nameAr: 'محكمة الميناء' },
  23: { name: 'Bay Tower', nameAr: 'برج الخور' },
  26: { name: 'Sail House', nameAr: 'بيت الشراع' },
  31: { name: 'Loom Apartments', nameAr: 'شقق النول' },
  36: { name: 'Naseem Mosque', nameAr: 'مسجد النسيم' },
  39: { name: 'Sidra Hall', nameAr: 'قاعة السدرة' },
  41: { name: 'Energy Centre', nameAr: 'مركز الطاقة' },
  44: { name: 'Pearl Exchange', nameAr: 'بورصة اللؤلؤ' },
  50: { name: 'Mortar Studios', nameAr: 'استوديوهات الجص' },
  55: { name: 'Saffron Souk', nameAr: 'سوق الزعفران' },
  58: { name: 'House of Wind', nameAr: 'بيت الريح' },
  61: { name: 'Spice Arcade', nameAr: 'رواق البهارات' },
  66: { name: 'Lantern Theatre', nameAr: 'مسرح الفانوس' },
  70: { name: 'Copper Works', nameAr: 'مشغل النحاس' },
  75: { name: 'Cistern Clinic', nameAr: 'عيادة البركة' },
  80: { name: 'Falaj Library', nameAr: 'مكتبة الفلج' },
  86: { name: 'Dhow Museum', nameAr: 'متحف المحامل' },
  90: { name: 'Indigo Apartments', nameAr: 'شقق النيلة' },
}
