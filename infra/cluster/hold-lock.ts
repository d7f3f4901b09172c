// A process of the tests: holds a lock and a lease of the records database until it is killed. Argument: the URL.
import { openPostgresRecords } from '@quartier/contracts/records/postgres'

const records = await openPostgresRecords({ url: process.argv[2] })
const forever = new Promise<never>(() => setInterval(() => {}, 1_000))
await records.lock('held', () =>
  records.lease('held', async () => {
    process.send?.('held')
    await forever
  }),
)
