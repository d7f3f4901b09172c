import type { SessionView } from '@quartier/contracts/api'
import type { Role } from '@quartier/contracts/records'
import type { ComponentType } from 'react'

/** One screen of the product: where it stands, who may open it, and how its code comes. */
export interface Screen {
  readonly name: string
  /** The first part of the address; what follows belongs to the screen. */
  readonly path: string
  /** Pressed after `G`. */
  readonly key?: string
  /** Absent where everybody may. */
  readonly roles?: readonly Role[]
  /** Only for those who see the whole district. */
  readonly wholeDistrict?: true
  /** Not in the row of screens: reached by the menu or a link. */
  readonly apart?: true
  load(): Promise<{ readonly default: ComponentType }>
}

/** The drawing of the map is fetched beside its screen. */
function loadMap() {
  import('./map/city-map.tsx').catch(() => undefined)
  return import('./desk.tsx')
}

const ADMINISTRATOR: readonly Role[] = ['administrator']

/** Every screen, in the order in which they are offered. Each is a chunk of its own. */
export const SCREENS = [
  { name: 'map', path: '/', key: '1', load: loadMap },
  { name: 'explore', path: '/explore', key: '2', load: () => import('./screens/explore/explore-screen.tsx') },
  {
    name: 'health',
    path: '/health',
    key: '3',
    roles: ['administrator', 'operator', 'maintenance', 'planner'],
    wholeDistrict: true,
    load: () => import('./screens/health/health-screen.tsx'),
  },
  { name: 'registry', path: '/registry', key: '4', load: () => import('./screens/registry/registry-screen.tsx') },
  {
    name: 'devices',
    path: '/devices',
    key: '5',
    roles: ['administrator', 'operator'],
    wholeDistrict: true,
    load: () => import('./screens/devices/devices-screen.tsx'),
  },
  {
    name: 'mappings',
    path: '/mappings',
    key: '6',
    roles: ADMINISTRATOR,
    wholeDistrict: true,
    load: () => import('./screens/mappings/mappings-screen.tsx'),
  },
  {
    name: 'privacy',
    path: '/privacy',
    key: '7',
    roles: ['administrator', 'operator', 'maintenance', 'planner'],
    wholeDistrict: true,
    load: () => import('./screens/privacy/privacy-screen.tsx'),
  },
  {
    name: 'people',
    path: '/people',
    key: '8',
    roles: ADMINISTRATOR,
    wholeDistrict: true,
    load: () => import('./screens/people/people-screen.tsx'),
  },
  {
    name: 'settings',
    path: '/settings',
    key: '9',
    apart: true,
    load: () => import('./screens/settings/settings-screen.tsx'),
  },
  { name: 'gallery', path: '/gallery', apart: true, load: () => import('./screens/gallery/gallery-screen.tsx') },
] as const satisfies readonly Screen[]

export type ScreenName = (typeof SCREENS)[number]['name']
export type KnownScreen = Screen & { readonly name: ScreenName }

const screens: readonly KnownScreen[] = SCREENS

/** The screen that an address leads to. */
export const screenAt = (path: string): KnownScreen | undefined =>
  screens.find((screen) => path === screen.path || path.startsWith(`${screen.path}/`))

/** Whether somebody may open a screen. The server decides by itself what it answers; this only spares a dead end. */
export function mayOpen({ roles, wholeDistrict }: Screen, { role, zones }: SessionView['user']): boolean {
  return (!roles || roles.includes(role)) && (!wholeDistrict || zones.length === 0)
}

export const screensFor = (user: SessionView['user']): readonly KnownScreen[] =>
  screens.filter((screen) => mayOpen(screen, user))
