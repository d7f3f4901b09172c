import { createContext, useContext } from 'react'
import type { Language } from '../theme/preferences.ts'
import { ar, en, type MessageKey } from './texts/index.ts'

export type { MessageKey }
export type Params = Readonly<Record<string, string | number>>
export type Translate = (key: MessageKey, params?: Params) => string

/** What has letters has a direction of its own; figures alone run left to right, also `5 – 40 %`. */
const FIRST_STRONG_ISOLATE = '\u2068'
const LEFT_TO_RIGHT_ISOLATE = '\u2066'
const POP_ISOLATE = '\u2069'

/** Forms of a counted noun in the order in which the dictionaries write them. Zero takes the last one in both. */
const FORMS: Readonly<Record<Language, readonly Intl.LDMLPluralRule[]>> = {
  en: ['one', 'other'],
  ar: ['one', 'two', 'few', 'many', 'other'],
}

/**
 * The sentences of one language. `{n}` is replaced by the value; `{n:reading|readings}` by the form that fits it, in
 * which `#` stands for the value itself: Arabic says one and two without a numeral. Every value put into a sentence is
 * isolated, so that digits never reorder the words.
 */
export function translator(language: Language, digits: Digits = 'western'): Translate {
  const translate = inLanguage(language)
  if (language !== 'ar' || digits === 'western') return translate
  return (key, params) => arabicDigits(translate(key, params))
}

function inLanguage(language: Language): Translate {
  const dictionary = language === 'ar' ? ar : en
  const rules = new Intl.PluralRules(language)
  return (key, params) => {
    const text = dictionary[key]
    if (!params) return text
    return text.replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name: string, forms?: string) => {
      const value = params[name]
      if (value === undefined) return ''
      const isolate = /\p{L}/u.test(String(value)) ? FIRST_STRONG_ISOLATE : LEFT_TO_RIGHT_ISOLATE
      const isolated = `${isolate}${value}${POP_ISOLATE}`
      if (forms === undefined) return isolated
      const written = forms.split('|')
      const form = written[FORMS[language].indexOf(formOf(String(value), rules))] ?? written.at(-1)!
      return form.replace('#', isolated)
    })
  }
}

/** The figures of a sentence as Arabic writes them; codes and units keep theirs, `ETS-07` and `9.4 °C`. */
function arabicDigits(text: string): string {
  return text.replace(FIGURE, (whole, before: string, figure: string, unit: string) =>
    before || unit
      ? whole
      : figure
          .replace(/\d/g, (digit) => ARABIC_DIGITS[Number(digit)]!)
          .replace(/,(?=.)/g, '٬')
          .replace(/\.(?=.)/g, '٫'),
  )
}

/** A figure with what makes it part of a code, before it, or a quantity, behind it. */
const FIGURE = /([A-Za-z_-]?)(\d[\d,.:]*)((?:[\u202f ]?[A-Za-z°%µ_-])?)/g
const ARABIC_DIGITS = '٠١٢٣٤٥٦٧٨٩'
type Digits = 'western' | 'arabic'

/** The grammatical number of a value as it is written, `1,204` or `1.23 M`. */
function formOf(value: string, rules: Intl.PluralRules): Intl.LDMLPluralRule {
  return /^\d[\d,]*$/.test(value) ? rules.select(Number(value.replaceAll(',', ''))) : 'other'
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
