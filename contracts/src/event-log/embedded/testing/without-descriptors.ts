import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { QuartierError } from '../../../errors.ts'
import { type Logger, silentLogger } from '../../../runtime/logger.ts'
import { openEmbeddedLog } from '../../embedded.ts'

// A program for tests: uses a log while the process has no file descriptor left, and prints what came of it as JSON.
const [folder = ''] = process.argv.slice(2)
const topics = ['hot', 'cold', 'new'].map((name) => ({ name, partitions: 1, cleanup: 'delete' as const }))
const record = (text: string) => [{ key: 'k', value: Buffer.from(text) }]
const events: string[] = []
const logger: Logger = { ...silentLogger, warn: (_, event) => void events.push(event) }

const first = await openEmbeddedLog({ folder, topics, maintainMs: 0 })
await first.append('hot', record('before'))
await first.append('cold', record('before'))
await first.close()

const log = await openEmbeddedLog({ folder, topics, logger, maintainMs: 0 })
const stop = new AbortController()
const seen: Record<string, string[]> = { cold: [], new: [] }
const follow = async (topic: string) => {
  for await (const batch of log.consume(topic, 'g', { signal: stop.signal, from: 'earliest' }))
    seen[topic]?.push(...batch.records.map((r) => Buffer.from(r.value).toString()))
}
const following = [follow('new')] // waits for a file that is not there yet
await log.append('cold', record('then')) // the thread that writes has started

const held: number[] = []
try {
  for (;;) held.push(openSync('/dev/null', 'r'))
} catch {}
following.push(follow('cold'))
const [ranges, hot, fresh] = await Promise.all([
  log.ranges('cold').then(String, codeOf),
  log.append('hot', record('during')).then((offsets) => offsets[0]?.offset, codeOf),
  log.append('new', record('during')).then(String, codeOf),
])
while (events.length < 2) await delay(5)
for (const fd of held) closeSync(fd)

await log.append('new', record('after'))
await log.append('cold', record('after'))
const failed = await Promise.race([Promise.all(following), everything()]).catch(codeOf)
stop.abort()
await log.close()
process.stdout.write(JSON.stringify({ ranges, hot, fresh, failed, seen, events: [...new Set(events)].sort() }))

async function everything(): Promise<void> {
  while (seen.cold?.length !== 3 || seen.new?.length !== 1) await delay(5)
}

function codeOf(error: unknown): string {
  return (error as QuartierError).code
}
