import type { User } from '@quartier/contracts/records'

/** What part of the district a person sees. What belongs to no zone is seen only by those who see all. */
export interface Scope {
  /** `undefined`: the whole district. */
  readonly zones: ReadonlySet<string> | undefined
  /** The same for all who see the same. */
  readonly key: string
  sees(zoneId: string | undefined): boolean
}

export const WHOLE_DISTRICT: Scope = { zones: undefined, key: '', sees: () => true }

export function scopeOf(user: Pick<User, 'zones'>): Scope {
  if (user.zones.length === 0) return WHOLE_DISTRICT
  const zones = new Set(user.zones)
  const key = [...zones].sort().join('\n')
  return { zones, key, sees: (zoneId) => zoneId !== undefined && zones.has(zoneId) }
}
