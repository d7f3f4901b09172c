import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe } from 'vitest'
import { describeEventStore, RETENTION } from './contract.ts'
import { openPostgresEventStore } from './postgres.ts'

const url = process.env.QUARTIER_TEST_POSTGRES

describe.skipIf(!url)('with PostgreSQL (set QUARTIER_TEST_POSTGRES to run)', () => {
  describeEventStore('PostgreSQL', () => {
    const schema = `events_${randomUUID().slice(0, 8)}`
    return {
      open: (retention) => openPostgresEventStore({ url, schema, retention: { ...RETENTION, ...retention } }),
      async remove() {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        await client.query(`drop schema ${schema} cascade`)
        await client.end()
      },
    }
  })
})
