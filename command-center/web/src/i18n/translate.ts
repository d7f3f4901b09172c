import { createContext, useContext } from 'react'
import type { Language } from '../theme/preferences.ts'
import { ar } from './ar.ts'
import { en, type MessageKey } from './en.ts'

export type { MessageKey }
export type Params = Readonly<Record<string, string | number>>
export type Translate = (key: MessageKey, params?: Params) => string

const FIRST_STRONG_ISOLATE = '\u2068'
const POP_ISOLATE = '\u2069'

/**
 * The sentences of one language: `{n}` is replaced by the value, `{n:reading|readings}` by the form that fits
 * it. Every value put into one is isolated, so that digits never reorder the words.
 */
export function translator(language: Language): Translate {
  const dictionary = language === 'ar' ? ar : en
  return (key, params) => {
    const text = dictionary[key]
    if (!params) return text
    return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, other?: string) => {
      const value = params[name]
      if (one !== undefined) return String(value) === '1' ? one : (other ?? '')
      return value === undefined ? '' : `${FIRST_STRONG_ISOLATE}${value}${POP_ISOLATE}`
    })
  }
}

export interface Words {
  readonly language: Language
  readonly t: Translate
}
export const WordsContext = createContext<Words>({ language: 'en', t: translator('en') })
export const useWords = (): Words => useContext(WordsContext)

/** The name in the reader's language, the other one when that is missing. */
export function nameIn(language: Language, thing: { readonly name: string; readonly nameAr?: string }): string {
  return (language === 'ar' && thing.nameAr) || thing.name
}
