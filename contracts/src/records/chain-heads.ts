import type { Kysely } from 'kysely'
import type { Records } from './port.ts'
import type { Tables } from './tables.ts'

export function chainHeads(db: Kysely<Tables>): Records['chains'] {
  return {
    async head(chain) {
      return db.selectFrom('audit_head').select(['sequence', 'hash']).where('chain', '=', chain).executeTakeFirst()
    },

    async advance(chain, { sequence, hash }) {
      await db
        .insertInto('audit_head')
        .values({ chain, sequence, hash })
        .onConflict((c) =>
          c.column('chain').doUpdateSet({ sequence, hash }).where('audit_head.sequence', '<', sequence),
        )
        .execute()
    },
  }
}
