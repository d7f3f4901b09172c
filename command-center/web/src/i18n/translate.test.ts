import { describe, expect, it } from 'vitest'
import { ar, en, type MessageKey } from './texts/index.ts'
import { nameIn, translator } from './translate.ts'

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]))].sort()

describe('the dictionary', () => {
  it('says everything in both languages with the same values in it', () => {
    for (const key of Object.keys(en) as MessageKey[]) {
      expect(ar[key], key).toBeTruthy()
      expect(placeholders(ar[key]), key).toEqual(placeholders(en[key]))
    }
    expect(Object.keys(ar).sort()).toEqual(Object.keys(en).sort())
  })

  it('isolates values from the direction of the words around them', () => {
    expect(translator('ar')('age.seconds', { n: 4 })).toBe('قبل \u20664\u2069 ث')
    expect(translator('ar')('people.saved', { name: 'Omar' })).toBe('حُفظ \u2068Omar\u2069.')
  })
})

describe('a number of things', () => {
  const words = (language: 'en' | 'ar', n: string) =>
    translator(language)('health.storeReadings', { n }).replace(/[\u2066-\u2069]/g, '')

  it('is one or several', () => {
    expect(['1', '1,204', '0', '1.00\u202fM'].map((n) => words('en', n))).toEqual([
      '1 reading',
      '1,204 readings',
      '0 readings',
      '1.00\u202fM readings',
    ])
  })

  it('has the five forms of Arabic, one and two without a numeral', () => {
    expect(['1', '2', '7', '11', '100', '1,204'].map((n) => words('ar', n))).toEqual([
      'قراءة واحدة',
      'قراءتان',
      '7 قراءات',
      '11 قراءة',
      '100 قراءة',
      '1,204 قراءات',
    ])
  })

  it('is written with as many forms as its language has', () => {
    for (const [dictionary, most] of [
      [en, 2],
      [ar, 5],
    ] as const) {
      for (const text of Object.values(dictionary)) {
        for (const [, forms] of text.matchAll(/\{\w+:([^}]*)\}/g)) expect(forms!.split('|'), text).toHaveLength(most)
      }
    }
  })
})

describe('names from the registry', () => {
  it('fall back to the other language where one is missing', () => {
    expect(nameIn('ar', { name: 'Pearl Street', nameAr: 'شارع اللؤلؤ' })).toBe('شارع اللؤلؤ')
    expect(nameIn('ar', { name: 'Pearl Street', nameAr: '' })).toBe('Pearl Street')
    expect(nameIn('en', { name: 'Pearl Street', nameAr: 'شارع اللؤلؤ' })).toBe('Pearl Street')
  })
})

it('writes the figures of Arabic sentences as somebody wants them, and codes and values never', () => {
  const t = translator('ar', 'arabic')
  expect(t('card.trend')).toBe('آخر ٢٤ ساعة')
  expect(t('pages.shown', { from: '1', to: '50', n: '1,204' })).toMatch(/١.*٥٠.*١٬٢٠٤/)
  expect(t('devices.admitOne', { name: 'ETS-07' })).toContain('ETS-07')
  expect(t('card.limit', { value: '9.4\u202f°C' })).toContain('9.4\u202f°C')
  expect(translator('en', 'arabic')('card.trend')).toBe('Last 24 hours')
})
