import { wallClock } from '../runtime/clock.ts'
import { crashKeys, crashReadings } from './crash-readings.ts'
import { openEmbeddedStore } from './embedded.ts'
import { batch, definition } from './fixtures.ts'

/**
 * A process for tests to kill: writes readings without end, one batch an offset, and says on standard output up to which
 * offset its store holds them. `node crash-writer.fixture.ts <folder>`
 */
const folder = process.argv[2] ?? ''
const store = await openEmbeddedStore({
  folder,
  clock: wallClock,
  hotRows: 4000,
  flushEveryMs: 20,
  compaction: { fan: 3 },
})
await store.define(crashKeys.map((key) => definition(key)))
for (let offset = (await store.position())[0] ?? 0; ; offset++) {
  await store.write([batch(offset, crashReadings(offset))])
  if (offset % 8 === 0) process.stdout.write(`${(await store.position())[0] ?? 0}\n`)
}
