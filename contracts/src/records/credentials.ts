import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Credential, PrincipalChanges, PrincipalStore } from './port.ts'
import type { CredentialsTable, Tables } from './tables.ts'

/** Changes that are held: who has missed more asks for everybody. */
export const CHANGES_HELD = 5_000
const AT_ONCE = 500

type Kept = Pick<PrincipalStore, 'addCredentials' | 'credential' | 'credentials' | 'changes'>

/** Certificates and tokens, and who has changed. */
export function credentialStore(db: Kysely<Tables>): Kept {
  return {
    async addCredentials(credentials) {
      await db.transaction().execute(async (trx) => {
        await insertCredentials(trx, credentials)
        await noteChanges(trx, new Set(credentials.map((c) => c.principal)))
      })
    },

    async credential(id) {
      const row = await db.selectFrom('credentials').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toCredential(row)
    },

    async credentials(principal) {
      let query = db.selectFrom('credentials').selectAll().orderBy('issued_at', 'desc').orderBy('id')
      if (principal !== undefined) query = query.where('principal', '=', principal)
      return (await query.execute()).map(toCredential)
    },

    async changes(after): Promise<PrincipalChanges> {
      const counter = await db
        .selectFrom('counters')
        .select('value')
        .where('name', '=', 'principal-changes')
        .executeTakeFirstOrThrow()
      const revision = Number(counter.value)
      if (after === undefined || after === revision) return { names: [], revision }
      if (revision - after > CHANGES_HELD || after > revision) return { names: 'all', revision }
      const rows = await db
        .selectFrom('principal_changes')
        .select('name')
        .distinct()
        .where('n', '>', after)
        .where('n', '<=', revision)
        .execute()
      return { names: rows.map((r) => r.name), revision }
    },
  }
}

export async function insertCredentials(trx: Transaction<Tables>, credentials: readonly Credential[]): Promise<void> {
  const rows = credentials.map((c) => ({
    id: c.id,
    kind: c.kind,
    principal: c.principal,
    serial: c.serial,
    issued_at: c.issuedAt,
    expires_at: c.expiresAt,
    revoked_at: c.revokedAt,
    reason: c.reason,
  }))
  for (let from = 0; from < rows.length; from += AT_ONCE)
    await trx
      .insertInto('credentials')
      .values(rows.slice(from, from + AT_ONCE))
      .execute()
}

/** Numbers the changes under the lock of their counter, so that whoever reads up to a number has missed none. */
export async function noteChanges(trx: Transaction<Tables>, names: ReadonlySet<string>): Promise<void> {
  if (names.size === 0) return
  const { value } = await trx
    .updateTable('counters')
    .set((e) => ({ value: e('value', '+', names.size) }))
    .where('name', '=', 'principal-changes')
    .returning('value')
    .executeTakeFirstOrThrow()
  const revision = Number(value)
  const kept = [...names].slice(-CHANGES_HELD)
  const rows = kept.map((name, i) => ({ n: revision - kept.length + 1 + i, name }))
  for (let from = 0; from < rows.length; from += AT_ONCE)
    await trx
      .insertInto('principal_changes')
      .values(rows.slice(from, from + AT_ONCE))
      .execute()
  await trx
    .deleteFrom('principal_changes')
    .where('n', '<=', revision - CHANGES_HELD)
    .execute()
}

const toCredential = (row: Selectable<CredentialsTable>): Credential => ({
  id: row.id,
  kind: row.kind as Credential['kind'],
  principal: row.principal,
  serial: row.serial,
  issuedAt: Number(row.issued_at),
  expiresAt: row.expires_at === null ? null : Number(row.expires_at),
  revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
  reason: row.reason,
})
