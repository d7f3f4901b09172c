import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely, Selectable, Transaction } from 'kysely'
import { z } from 'zod'
import { QuartierError } from '../errors.ts'
import { credentialStore, insertCredentials, noteChanges } from './credentials.ts'
import type { Principal, PrincipalStore, Revocation } from './port.ts'
import type { PrincipalsTable, Tables } from './tables.ts'

const SECRET_BYTES = 16
const SALT_BYTES = 16

const filter = z.string().min(1).max(256)
const principalSchema = z.strictObject({
  name: z.string().regex(/^[^/+#\p{Cc}]{1,128}$/u, 'must be 1 to 128 characters without / + #'),
  source: z.string().regex(/^[^/+#\s\p{Cc}]{1,80}$/u, 'must be 1 to 80 characters without / + # or spaces'),
  kind: z.enum(['device', 'gateway', 'service']),
  publish: z.array(filter).max(64),
  subscribe: z.array(filter).max(64),
  devices: z.array(z.string().min(1).max(256)).max(10_000),
  personal: z.boolean(),
  historical: z.boolean(),
  enabled: z.boolean(),
})

export function principalStore(db: Kysely<Tables>): PrincipalStore {
  const row = (name: string) => db.selectFrom('principals').selectAll().where('name', '=', name).executeTakeFirst()
  const putAll: PrincipalStore['putAll'] = async (principals, credentials = []) => {
    const secrets = principals.map(() => randomBytes(SECRET_BYTES).toString('base64url'))
    const rows = principals.map((p, i) => ({ ...toRow(p), ...sealed(secrets[i] as string) }))
    await db.transaction().execute(async (trx) => {
      for (const values of rows)
        await trx
          .insertInto('principals')
          .values(values)
          .onConflict((c) => c.column('name').doUpdateSet(values))
          .execute()
      await insertCredentials(trx, credentials)
      await noteChanges(trx, new Set([...principals.map((p) => p.name), ...credentials.map((c) => c.principal)]))
    })
    return secrets
  }

  return {
    ...credentialStore(db),
    putAll,

    async authenticate(name, secret) {
      const found = await row(name)
      const right = matches(secret, found?.salt ?? NOBODY.salt, found?.secret_sha256 ?? NOBODY.secret_sha256)
      return found && right && found.enabled === 1 ? toPrincipal(found) : undefined
    },

    async put(principal) {
      const [secret] = await putAll([principal])
      return secret as string
    },

    async update(principal) {
      const values = toRow(principal)
      return await db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('principals')
          .set(values)
          .where('name', '=', principal.name)
          .executeTakeFirst()
        if (numUpdatedRows > 0n) await noteChanges(trx, new Set([principal.name]))
        return numUpdatedRows > 0n
      })
    },

    async find(name) {
      const found = await row(name)
      return found && toPrincipal(found)
    },

    async standings(names) {
      if (names.length === 0) return []
      const [found, valid] = await Promise.all([
        db.selectFrom('principals').selectAll().where('name', 'in', names).execute(),
        db
          .selectFrom('credentials')
          .select(['principal', 'id'])
          .where('principal', 'in', names)
          .where('revoked_at', 'is', null)
          .execute(),
      ])
      const ids = Map.groupBy(valid, (c) => c.principal)
      return found.map((r) => ({
        principal: toPrincipal(r),
        secretVersion: r.salt,
        credentials: (ids.get(r.name) ?? []).map((c) => c.id),
      }))
    },

    async list() {
      return (await db.selectFrom('principals').selectAll().orderBy('name').execute()).map(toPrincipal)
    },

    async remove(name) {
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom('principals').where('name', '=', name).execute()
        await revokeCredentials(trx, name, { at: Date.now(), reason: 'removed' })
        await noteChanges(trx, new Set([name]))
      })
    },

    async revoke(name, why) {
      return await db.transaction().execute(async (trx) => {
        const n = await revokeCredentials(trx, name, why)
        if (why.reset)
          await trx
            .updateTable('principals')
            .set(sealed(randomBytes(SECRET_BYTES).toString('base64url')))
            .where('name', '=', name)
            .execute()
        await noteChanges(trx, new Set([name]))
        return n
      })
    },
  }
}

async function revokeCredentials(trx: Transaction<Tables>, principal: string, why: Revocation): Promise<number> {
  let query = trx
    .updateTable('credentials')
    .set({ revoked_at: why.at, reason: why.reason })
    .where('principal', '=', principal)
    .where('revoked_at', 'is', null)
  if (why.except && why.except.length > 0) query = query.where('id', 'not in', why.except)
  return Number((await query.executeTakeFirst()).numUpdatedRows)
}

/** What a name that nobody has is held against, so that it takes as long as a real one. */
const NOBODY = sealed(randomBytes(SECRET_BYTES).toString('base64url'))

function sealed(secret: string): { salt: string; secret_sha256: string } {
  const salt = randomBytes(SALT_BYTES).toString('hex')
  return { salt, secret_sha256: digest(salt, Buffer.from(secret)).toString('hex') }
}

const matches = (secret: Uint8Array, salt: string, expected: string): boolean =>
  timingSafeEqual(digest(salt, secret), Buffer.from(expected, 'hex'))

function digest(salt: string, secret: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.from(salt, 'hex')).update(secret).digest()
}

function toRow(principal: Principal): Omit<PrincipalsTable, 'salt' | 'secret_sha256'> {
  const checked = principalSchema.safeParse(principal)
  if (!checked.success) {
    throw new QuartierError(
      'RECORDS_INVALID',
      `store the principal ${principal.name}: ${z.prettifyError(checked.error)}`,
    )
  }
  const { publish, subscribe, devices, personal, historical, enabled, ...plain } = checked.data
  return {
    ...plain,
    publish: JSON.stringify(publish),
    subscribe: JSON.stringify(subscribe),
    devices: JSON.stringify(devices),
    personal: Number(personal),
    historical: Number(historical),
    enabled: Number(enabled),
  }
}

function toPrincipal(row: Selectable<PrincipalsTable>): Principal {
  return {
    name: row.name,
    source: row.source,
    kind: row.kind as Principal['kind'],
    publish: JSON.parse(row.publish),
    subscribe: JSON.parse(row.subscribe),
    devices: JSON.parse(row.devices),
    personal: row.personal === 1,
    historical: row.historical === 1,
    enabled: row.enabled === 1,
  }
}
