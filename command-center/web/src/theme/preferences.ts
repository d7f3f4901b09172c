import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'
export type Language = 'en' | 'ar'
/** What a desk keeps for itself. It follows the room, so it is never switched by the clock. */
export interface Preferences {
  readonly theme: Theme
  readonly language: Language
}

const STORAGE_KEY = 'quartier.preferences'
const listeners = new Set<() => void>()
let chosen = read()
let current: Preferences = { ...wished(), ...chosen }

export const preferences = (): Preferences => current

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  chosen = { ...chosen, ...change }
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(chosen))
  } catch {
    // A closed storage only means that the choice lasts for this page.
  }
  applyPreferences()
  for (const listener of listeners) listener()
}

/** Puts theme, language and direction on the root element. */
export function applyPreferences(): void {
  const root = document.documentElement
  root.dataset.theme = current.theme
  root.lang = current.language
  root.dir = current.language === 'ar' ? 'rtl' : 'ltr'
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What the browser asks for, until somebody chooses. */
function wished(): Preferences {
  const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false
  const arabic = globalThis.navigator?.language?.startsWith('ar') ?? false
  return { theme: dark ? 'dark' : 'light', language: arabic ? 'ar' : 'en' }
}

/** What somebody has chosen at this desk. */
function read(): Partial<Preferences> {
  try {
    const kept = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') as Partial<Preferences>
    const theme = kept.theme === 'dark' || kept.theme === 'light' ? { theme: kept.theme } : {}
    const language = kept.language === 'ar' || kept.language === 'en' ? { language: kept.language } : {}
    return { ...theme, ...language }
  } catch {
    return {}
  }
}
