import pg from 'pg'
import { describe } from 'vitest'
import { recordsContract } from './contract.ts'
import { openPostgresRecords } from './postgres.ts'

const url = process.env.QUARTIER_TEST_POSTGRES
let made = 0

describe.skipIf(!url)('with PostgreSQL (set QUARTIER_TEST_POSTGRES to run)', () => {
  recordsContract('PostgreSQL', async () => {
    const schema = `records_${process.pid}_${++made}`
    return {
      open: () => openPostgresRecords({ url, schema }),
      dispose: () => drop(schema),
    }
  })
})

async function drop(schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`drop schema ${schema} cascade`)
  await client.end()
}
