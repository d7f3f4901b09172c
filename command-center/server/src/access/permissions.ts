import { ROLES, type Role } from '@quartier/contracts/records'

/** Who may use one endpoint or send one socket message. What is not in {@link PERMISSIONS} nobody may. */
export interface Permission {
  /** `anybody` needs no session. */
  readonly roles: readonly Role[] | 'anybody'
  /** Concerns the whole district: refused to people who see only some zones. */
  readonly wholeDistrict?: boolean
  /** A command: appended to the audit chain under this word before it takes effect. */
  readonly audit?: string
  /** The command needs an idempotency key; a repeated key repeats the answer. */
  readonly key?: boolean
}

const ANYBODY: Permission = { roles: 'anybody' }
const ALL: Permission = { roles: ROLES }
const ADMINISTRATOR = ['administrator'] as const
const RUNNING = ['administrator', 'operator', 'maintenance'] as const
const STUDYING = ['administrator', 'operator', 'maintenance', 'planner'] as const

export const PERMISSIONS = {
  'POST /api/session': ANYBODY,
  'GET /api/session': ALL,
  'DELETE /api/session': { roles: ROLES, audit: 'session.end' },
  'GET /api/district': ALL,
  'GET /api/zones': ALL,
  'GET /api/live/tiles/:id': ALL,
  'GET /api/attention': ALL,
  'GET /api/series': ALL,
  'GET /api/series/:key': ALL,
  'GET /api/series/:key/versions': ALL,
  'GET /api/registry': ALL,
  'GET /api/assets': ALL,
  'GET /api/assets/:id': ALL,
  'PATCH /api/assets/:id': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'asset.edit', key: true },
  'PATCH /api/series/:key': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'series.edit', key: true },
  'GET /api/search': ALL,
  'GET /api/lookup/assets': ALL,
  'GET /api/last': ALL,
  'GET /api/windows': ALL,
  'GET /api/range': ALL,
  'GET /api/events': ALL,
  'GET /api/export': { roles: STUDYING, audit: 'readings.export' },
  'GET /api/platform': ALL,
  'GET /api/health': { roles: STUDYING, wholeDistrict: true },
  'GET /api/health/silent': { roles: STUDYING, wholeDistrict: true },
  'GET /api/health/silent/series': { roles: STUDYING, wholeDistrict: true },
  'GET /api/ledger': { roles: STUDYING, wholeDistrict: true },
  'GET /api/receipts': ALL,
  'GET /api/privacy': { roles: STUDYING, wholeDistrict: true },
  'GET /api/rejected': { roles: RUNNING, wholeDistrict: true },
  'GET /api/rejected/counts': { roles: RUNNING, wholeDistrict: true },
  'POST /api/rejected/redrive': {
    roles: ['administrator', 'operator'],
    wholeDistrict: true,
    audit: 'dead-letter.redrive',
    key: true,
  },
  'GET /api/quarantine': { roles: RUNNING, wholeDistrict: true },
  'POST /api/quarantine/adopt': {
    roles: ['administrator', 'operator'],
    wholeDistrict: true,
    audit: 'quarantine.adopt',
    key: true,
  },
  // Changes nothing: what it does is taken back.
  'POST /api/registry/import/preview': { roles: ADMINISTRATOR, wholeDistrict: true },
  'POST /api/registry/import': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'registry.import', key: true },
  'GET /api/audit': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'audit.read' },
  'GET /api/audit/verify': { roles: ADMINISTRATOR, wholeDistrict: true },
  'GET /api/people': { roles: ADMINISTRATOR, wholeDistrict: true },
  'POST /api/people': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'person.put', key: true },
  'GET /api/principals': { roles: ADMINISTRATOR, wholeDistrict: true },
  'POST /api/principals': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'principal.put', key: true },
  'DELETE /api/principals/:name': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'principal.remove' },
  'GET /api/mappings': { roles: RUNNING, wholeDistrict: true },
  'POST /api/mappings': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'mapping.put', key: true },
  // Changes nothing: a gateway tells what it would make of a message.
  'POST /api/mappings/preview': { roles: RUNNING, wholeDistrict: true },
  'DELETE /api/mappings/:name': { roles: ADMINISTRATOR, wholeDistrict: true, audit: 'mapping.remove' },
  'GET /api/principals/:name/credentials': { roles: ADMINISTRATOR, wholeDistrict: true },
  'POST /api/principals/:name/revoke': {
    roles: ADMINISTRATOR,
    wholeDistrict: true,
    audit: 'principal.revoke',
    key: true,
  },
  'GET /api/devices': { roles: RUNNING, wholeDistrict: true },
  'GET /api/devices/log': { roles: RUNNING, wholeDistrict: true },
  'GET /api/about': ANYBODY,
  'GET /openapi.json': ANYBODY,
  'GET /metrics': ANYBODY,
  'GET /healthz': ANYBODY,
  'GET /readyz': ANYBODY,
  'socket live:subscribe': ALL,
  'socket live:unsubscribe': ALL,
  'socket live:resync': ALL,
  'socket live:view': ALL,
  'socket live:unview': ALL,
  'socket events:subscribe': ALL,
  'socket events:unsubscribe': ALL,
} satisfies Record<string, Permission>

export type Action = keyof typeof PERMISSIONS

/** The HTTP endpoints among the actions. */
export type Endpoint = Exclude<Action, `socket ${string}`>

export const permissionFor = (action: string): Permission | undefined =>
  Object.hasOwn(PERMISSIONS, action) ? PERMISSIONS[action as Action] : undefined

export type Refusal = 'SESSION_REQUIRED' | 'ROLE_DENIED' | 'SCOPE_DENIED'

/** Why this person may not do it, or `undefined`. Nobody signed in is `undefined` for `user`. */
export function refusal(
  permission: Permission | undefined,
  user: { role: Role; zones: readonly string[] } | undefined,
): Refusal | undefined {
  if (!permission) return 'ROLE_DENIED'
  if (permission.roles === 'anybody') return undefined
  if (!user) return 'SESSION_REQUIRED'
  if (!permission.roles.includes(user.role)) return 'ROLE_DENIED'
  return permission.wholeDistrict && user.zones.length > 0 ? 'SCOPE_DENIED' : undefined
}
