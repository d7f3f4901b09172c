import { useSyncExternalStore } from 'react'
import { showOwnTime } from '../i18n/format.ts'

export type Theme = 'light' | 'dark'
export type Language = 'en' | 'ar'

/** What somebody wants to be told of while they look elsewhere. */
export interface Wishes {
  readonly on: boolean
  /** States of series, by their words; none: no state. */
  readonly states: readonly string[]
  /** Systems; none chosen: all. */
  readonly systems: readonly string[]
  /** Zones; none chosen: all that the person sees. */
  readonly zones: readonly string[]
}

export interface Preferences {
  /** It follows the room, so it belongs to the desk and is never switched by the clock. */
  readonly theme: Theme
  readonly language: Language
  readonly density: 'roomy' | 'compact'
  /** Figures in Arabic sentences; values and charts keep 0–9 in both languages. */
  readonly digits: 'western' | 'arabic'
  /** Whose time is shown: that of the control room, or this device's own. */
  readonly clock: 'room' | 'own'
  readonly sound: boolean
  readonly wishes: Wishes
  /** Has been shown round. */
  readonly toured: boolean
}

export const NO_WISHES: Wishes = { on: false, states: ['out-of-range', 'silent'], systems: [], zones: [] }
const PLAIN: Omit<Preferences, 'theme' | 'language'> = {
  density: 'roomy',
  digits: 'western',
  clock: 'room',
  sound: false,
  wishes: NO_WISHES,
  toured: false,
}

/** What the desk keeps for whoever comes next; each person's own choices stand beside it under their name. */
const DESK_KEY = 'quartier.preferences'
const OF_DESK = ['theme', 'language'] as const

const listeners = new Set<() => void>()
let person: string | undefined
/** Chosen at the door in this visit: it stands for whoever then comes in. */
let atDoor: Partial<Preferences> = {}
let chosen = read(DESK_KEY)
let current: Preferences = { ...PLAIN, ...wished(), ...chosen }

export const preferences = (): Preferences => current

export function setPreferences(change: Partial<Preferences>): void {
  chosen = { ...chosen, ...change }
  if (person === undefined) atDoor = { ...atDoor, ...change }
  keep(DESK_KEY, Object.fromEntries(OF_DESK.flatMap((name) => (chosen[name] ? [[name, chosen[name]]] : []))))
  if (person !== undefined) keep(keyOf(person), chosen)
  take({ ...current, ...change })
}

/** Takes up what somebody has chosen before in this browser. */
export function openPreferences(name: string): void {
  person = name
  const desk = read(DESK_KEY)
  const own = read(keyOf(name))
  chosen = { ...desk, ...own, ...(desk.theme && { theme: desk.theme }), ...atDoor }
  atDoor = {}
  take({ ...PLAIN, ...wished(), ...chosen })
}

/** Nobody is signed in: the desk's own choices stand. */
export function closePreferences(): void {
  person = undefined
  chosen = read(DESK_KEY)
  take({ ...PLAIN, ...wished(), ...chosen })
}

const keyOf = (name: string): string => `${DESK_KEY}.${name}`

function take(next: Preferences): void {
  current = next
  applyPreferences()
  for (const listener of listeners) listener()
}

/** Puts theme, language, direction and density on the root element. */
export function applyPreferences(): void {
  showOwnTime(current.clock === 'own')
  const root = document.documentElement
  root.dataset.theme = current.theme
  root.dataset.density = current.density
  root.lang = current.language
  root.dir = current.language === 'ar' ? 'rtl' : 'ltr'
  // The browser's own bar continues ours.
  const sheet = getComputedStyle(root).getPropertyValue('--sheet').trim()
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', sheet)
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What the browser asks for, until somebody chooses. */
function wished(): Pick<Preferences, 'theme' | 'language'> {
  const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false
  const arabic = globalThis.navigator?.language?.startsWith('ar') ?? false
  return { theme: dark ? 'dark' : 'light', language: arabic ? 'ar' : 'en' }
}

function keep(key: string, what: object): void {
  try {
    localStorage.setItem(key, JSON.stringify(what))
  } catch {
    // A closed storage only means that the choice lasts for this page.
  }
}

function read(key: string): Partial<Preferences> {
  try {
    return soundOf(JSON.parse(localStorage.getItem(key) ?? '{}'))
  } catch {
    return {}
  }
}

const oneOf =
  (...words: readonly string[]) =>
  (value: unknown): boolean =>
    words.includes(value as string)
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isWords = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string')
const isWishes = (value: unknown): boolean => {
  const { on, states, systems, zones } = (value ?? {}) as Partial<Wishes>
  return isFlag(on) && isWords(states) && isWords(systems) && isWords(zones)
}

const SOUND: Readonly<Record<keyof Preferences, (value: unknown) => boolean>> = {
  theme: oneOf('light', 'dark'),
  language: oneOf('en', 'ar'),
  density: oneOf('roomy', 'compact'),
  digits: oneOf('western', 'arabic'),
  clock: oneOf('room', 'own'),
  sound: isFlag,
  wishes: isWishes,
  toured: isFlag,
}

/** What is kept, without anything that this version does not know. */
export function soundOf(kept: Readonly<Record<string, unknown>>): Partial<Preferences> {
  return Object.fromEntries(
    Object.entries(SOUND).flatMap(([name, isSound]) => (isSound(kept[name]) ? [[name, kept[name]]] : [])),
  )
}
