import { STATE_WORDS, type StateWord } from '@quartier/contracts/live'
import { useMemo, useSyncExternalStore } from 'react'

/** What is selected: a series by its key, or an asset or a place by its id. */
export type Selection =
  | { readonly type: 'series'; readonly key: string }
  | { readonly type: 'asset'; readonly id: string }
  | { readonly type: 'place'; readonly id: string }
  | undefined

/** Where the map looks. */
export interface Camera {
  readonly zoom: number
  readonly latitude: number
  readonly longitude: number
  /** Degrees clockwise from north up. */
  readonly bearing: number
}

/** All that stands within a distance of a spot. */
export interface Circle {
  readonly latitude: number
  readonly longitude: number
  readonly radiusM: number
}

/** What the map and its table show; an empty list lets everything pass. */
export interface MapFilter {
  readonly states: readonly StateWord[]
  readonly zones: readonly string[]
  readonly kinds: readonly string[]
  readonly properties: readonly string[]
}

/** All that a link to the desk restores. */
export interface DeskView {
  readonly selection: Selection
  readonly camera: Camera | undefined
  /** Systems whose layer is off. */
  readonly off: readonly string[]
  readonly filter: MapFilter
  readonly circle: Circle | undefined
  readonly table: boolean
}

export const NO_FILTER: MapFilter = { states: [], zones: [], kinds: [], properties: [] }

export const isFiltering = ({ states, zones, kinds, properties }: MapFilter): boolean =>
  states.length + zones.length + kinds.length + properties.length > 0

/** The view that an address's hash describes; what is foreign or broken in it is left out. */
export function readDesk(hash: string): DeskView {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const list = (name: string) => (fields.get(name) ?? '').split(',').filter(Boolean).map(decoded)
  const states = list('state').filter((word): word is StateWord => (STATE_WORDS as readonly string[]).includes(word))
  return {
    selection: selectionOf(fields),
    camera: cameraOf(fields.get('at')),
    off: list('off'),
    filter: { states, zones: list('zone'), kinds: list('kind'), properties: list('property') },
    circle: circleOf(fields.get('circle')),
    table: fields.get('table') === '1',
  }
}

export function writeDesk({ selection, camera, off, filter, circle, table }: DeskView): string {
  const fields = new URLSearchParams()
  const list = (name: string, values: readonly string[]) => {
    if (values.length > 0) fields.set(name, values.map(encodeURIComponent).join(','))
  }
  if (selection?.type === 'series') fields.set('series', selection.key)
  if (selection?.type === 'asset') fields.set('asset', selection.id)
  if (selection?.type === 'place') fields.set('place', selection.id)
  if (camera) fields.set('at', writeCamera(camera))
  list('off', off)
  list('state', filter.states)
  list('zone', filter.zones)
  list('kind', filter.kinds)
  list('property', filter.properties)
  if (circle) fields.set('circle', [circle.latitude.toFixed(6), circle.longitude.toFixed(6), circle.radiusM].join('/'))
  if (table) fields.set('table', '1')
  // Slashes and commas mean nothing in a hash, and people read it.
  const text = fields.toString().replaceAll('%2F', '/').replaceAll('%2C', ',')
  return text && `#${text}`
}

/** `17.25/25.286700/51.526000`, and the bearing where north is not up. */
export function writeCamera({ zoom, latitude, longitude, bearing }: Camera): string {
  const turn = Math.round(bearing)
  return [zoom.toFixed(2), latitude.toFixed(6), longitude.toFixed(6), ...(turn === 0 ? [] : [turn])].join('/')
}

/** Changes a part of what the address describes, without an entry in the browser's history for every click. */
export function changeDesk(part: Partial<DeskView>): void {
  const before = location.pathname === '/' ? location.hash : ''
  const hash = writeDesk({ ...readDesk(before), ...part })
  if (location.pathname === '/') {
    if (hash === location.hash) return
    history.replaceState(null, '', hash || location.pathname + location.search)
  } else if (hash) history.pushState(null, '', `/${hash}`)
  dispatchEvent(new HashChangeEvent('hashchange'))
}

/** Selects; from another screen it leads to the map. */
export const select = (selection: Selection): void => changeDesk({ selection })

export function useDesk(): DeskView {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return useMemo(() => readDesk(hash), [hash])
}

export function useSelection(): Selection {
  const { selection } = useDesk()
  const name = selection && (selection.type === 'series' ? selection.key : selection.id)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same selection stays the same object when the map moves
  return useMemo(() => selection, [selection?.type, name])
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  addEventListener('popstate', listener)
  return () => {
    removeEventListener('hashchange', listener)
    removeEventListener('popstate', listener)
  }
}

function selectionOf(fields: URLSearchParams): Selection {
  const key = fields.get('series')
  const id = fields.get('asset')
  const place = fields.get('place')
  if (key) return { type: 'series', key }
  if (id) return { type: 'asset', id }
  return place ? { type: 'place', id: place } : undefined
}

function cameraOf(text: string | null): Camera | undefined {
  const [zoom, latitude, longitude, bearing = 0] = numbersOf(text)
  if (zoom === undefined || latitude === undefined || longitude === undefined) return undefined
  if (zoom < 0 || zoom > 24 || Math.abs(latitude) > 85 || Math.abs(longitude) > 180) return undefined
  return { zoom, latitude, longitude, bearing }
}

function circleOf(text: string | null): Circle | undefined {
  const [latitude, longitude, radiusM] = numbersOf(text)
  if (latitude === undefined || longitude === undefined || radiusM === undefined) return undefined
  return Math.abs(latitude) > 85 || Math.abs(longitude) > 180 || radiusM <= 0
    ? undefined
    : { latitude, longitude, radiusM }
}

function numbersOf(text: string | null): number[] {
  const numbers = (text ?? '').split('/').map((part) => (part === '' ? Number.NaN : Number(part)))
  return numbers.some((n) => !Number.isFinite(n)) ? [] : numbers
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
