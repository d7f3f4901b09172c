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
let current: Preferences = read()

export const preferences = (): Preferences => current

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current))
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

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') as Partial<Preferences>
    return { theme: kept.theme === 'dark' ? 'dark' : 'light', language: kept.language === 'ar' ? 'ar' : 'en' }
  } catch {
    return { theme: 'light', language: 'en' }
  }
}
