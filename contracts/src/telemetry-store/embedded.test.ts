import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { telemetryStoreContract } from './contract.ts'
import { openEmbeddedStore } from './embedded.ts'
import { connectStore, serveStore } from './remote.ts'

const clock: Clock = { now: () => 1_700_000_000_000, speed: 1 }

telemetryStoreContract('the embedded store', (folder) =>
  openEmbeddedStore({ folder: join(folder, 'store'), clock, hotRows: 1000 }),
)

telemetryStoreContract('the embedded store behind a socket', async (folder) => {
  const store = await openEmbeddedStore({ folder: join(folder, 'store'), clock, hotRows: 1000 })
  const socket = join(folder, 'store.sock')
  const server = await serveStore(store, socket)
  const remote = await connectStore(socket)
  return {
    ...remote,
    close: async () => {
      await remote.close()
      await server.close()
      await store.close()
    },
  }
})
