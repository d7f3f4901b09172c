import type { EventLog, LogRecord } from '@quartier/contracts/event-log'

const PAGE = 2_000

/** Everything that a topic of the log holds, partition by partition. */
export async function readTopic<T>(log: EventLog, name: string, parse: (json: unknown) => T): Promise<T[]> {
  const all: T[] = []
  for (const { partition, earliest, next } of await log.ranges(name))
    for (let offset = earliest; offset < next; ) {
      const records = await log.read(name, { partition, offset }, PAGE)
      if (records.length === 0) break
      for (const record of records) all.push(parse(JSON.parse(Buffer.from(record.value).toString())))
      offset = (records.at(-1) as LogRecord).offset + 1
    }
  return all
}
