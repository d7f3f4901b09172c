import { describe, expect, it } from 'vitest'
import { ar } from './ar.ts'
import { en, type MessageKey } from './en.ts'
import { nameIn, translator } from './translate.ts'

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

describe('the dictionary', () => {
  it('says everything in both languages with the same values in it', () => {
    for (const key of Object.keys(en) as MessageKey[]) {
      expect(ar[key], key).toBeTruthy()
      expect(placeholders(ar[key]), key).toEqual(placeholders(en[key]))
    }
    expect(Object.keys(ar).sort()).toEqual(Object.keys(en).sort())
  })

  it('isolates values from the direction of the words around them', () => {
    expect(translator('ar')('age.seconds', { n: 4 })).toBe('قبل \u20684\u2069 ث')
  })
})

describe('a number of things', () => {
  it('is one or several', () => {
    const words = (n: string) => translator('en')('health.storeReadings', { n }).replace(/[\u2066-\u2069]/g, '')
    expect([words('1'), words('1,204')]).toEqual(['1 reading', '1,204 readings'])
  })
})

describe('names from the registry', () => {
  it('fall back to the other language where one is missing', () => {
    expect(nameIn('ar', { name: 'Pearl Street', nameAr: 'شارع اللؤلؤ' })).toBe('شارع اللؤلؤ')
    expect(nameIn('ar', { name: 'Pearl Street', nameAr: '' })).toBe('Pearl Street')
    expect(nameIn('en', { name: 'Pearl Street', nameAr: 'شارع اللؤلؤ' })).toBe('Pearl Street')
  })
})
