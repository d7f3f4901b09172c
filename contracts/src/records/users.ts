import { createHash, randomBytes } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import { QuartierError } from '../errors.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { type LoginSession, ROLES, type User, type UserStore } from './port.ts'
import type { Tables, UsersTable } from './tables.ts'

/** How long a login lasts, ms: `idleMs` after its last use, `absoluteMs` after it began, whichever comes first. */
export interface SessionLimits {
  readonly idleMs: number
  readonly absoluteMs: number
}

/** A shift, with an hour's absence. */
export const SESSION_LIMITS: SessionLimits = { idleMs: 3_600_000, absoluteMs: 12 * 3_600_000 }

/** Uses closer together than this are not written down. */
const SEEN_STEP_MS = 60_000

const userSchema = z.strictObject({
  name: z.string().regex(/^[\p{L}\p{N}._@-]{1,80}$/u, 'must be 1 to 80 letters, digits or . _ @ -'),
  displayName: z.string().min(1).max(120),
  role: z.enum(ROLES),
  zones: z.array(z.string().min(1).max(64)).max(1000),
  enabled: z.boolean(),
  language: z.enum(['en', 'ar']),
})

export function userStore(db: Kysely<Tables>, limits: SessionLimits): UserStore {
  return {
    async put(user, password) {
      const values = toRow(user)
      const hash = password === undefined ? {} : { password_hash: await hashPassword(password) }
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('users')
          .values({ password_hash: null, ...values, ...hash })
          .onConflict((c) => c.column('name').doUpdateSet({ ...values, ...hash }))
          .execute()
        if (password !== undefined || !user.enabled) {
          await trx.deleteFrom('sessions').where('user_name', '=', user.name).execute()
        }
      })
    },

    async list() {
      return (await db.selectFrom('users').selectAll().orderBy('name').execute()).map(toUser)
    },

    async count() {
      const { count } = await db
        .selectFrom('users')
        .select((e) => e.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    async login(name, password, now) {
      const found = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
      const right = await verifyPassword(password, found?.password_hash ?? undefined)
      if (!found || !right || found.enabled !== 1) return undefined
      const token = randomBytes(32).toString('base64url')
      await db
        .deleteFrom('sessions')
        .where('created_at', '<=', now - limits.absoluteMs)
        .execute()
      await db
        .insertInto('sessions')
        .values({ token_sha256: sha256(token), user_name: name, created_at: now, seen_at: now })
        .execute()
      return { token, session: toSession(found, token, now, now, limits) }
    },

    async session(token, now) {
      const found = await db
        .selectFrom('sessions')
        .innerJoin('users', 'users.name', 'sessions.user_name')
        .selectAll('users')
        .select(['sessions.created_at', 'sessions.seen_at'])
        .where('token_sha256', '=', sha256(token))
        .executeTakeFirst()
      if (!found) return undefined
      if (found.enabled !== 1 || now >= expiry(found.created_at, found.seen_at, limits)) {
        await this.logout(token)
        return undefined
      }
      if (now - found.seen_at < SEEN_STEP_MS) return toSession(found, token, found.created_at, found.seen_at, limits)
      await db.updateTable('sessions').set({ seen_at: now }).where('token_sha256', '=', sha256(token)).execute()
      return toSession(found, token, found.created_at, now, limits)
    },

    async logout(token) {
      await db.deleteFrom('sessions').where('token_sha256', '=', sha256(token)).execute()
    },
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const expiry = (createdAt: number, seenAt: number, limits: SessionLimits): number =>
  Math.min(createdAt + limits.absoluteMs, seenAt + limits.idleMs)

/** The CSRF token is derived from the session's: whoever reads the database learns neither. */
function toSession(
  row: Selectable<UsersTable>,
  token: string,
  createdAt: number,
  seenAt: number,
  limits: SessionLimits,
): LoginSession {
  const csrfToken = createHash('sha256').update(`csrf:${token}`).digest('base64url')
  return { user: toUser(row), csrfToken, expiresAt: expiry(createdAt, seenAt, limits) }
}

function toRow(user: User): Omit<UsersTable, 'password_hash'> {
  const checked = userSchema.safeParse(user)
  if (!checked.success) {
    throw new QuartierError('RECORDS_INVALID', `store the person ${user.name}: ${z.prettifyError(checked.error)}`)
  }
  const { name, displayName, role, zones, enabled, language } = checked.data
  return { name, display_name: displayName, role, zones: JSON.stringify(zones), enabled: Number(enabled), language }
}

function toUser(row: Selectable<UsersTable>): User {
  return {
    name: row.name,
    displayName: row.display_name,
    role: row.role as User['role'],
    zones: JSON.parse(row.zones),
    enabled: row.enabled === 1,
    language: row.language as User['language'],
  }
}
