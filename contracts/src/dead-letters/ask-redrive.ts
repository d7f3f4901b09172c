import { randomUUID } from 'node:crypto'
import { QuartierError } from '../errors.ts'
import type { EventLog } from '../event-log/port.ts'
import { type RedriveAnswer, redriveAnswerSchema } from '../schemas/redrive.ts'
import { REDRIVES } from '../topics.ts'

const ANSWER_MS = 20_000
const ASK_AGAIN_MS = 25
const PAGE = 100

/**
 * Asks the gateways to take dead letters in again, and waits for what became of them.
 * @param offsets in `rejected.v1`, at most 500
 * @throws QuartierError GATEWAY_SILENT when none answers: the request stays, and is answered as soon as one runs
 */
export async function askRedrive(
  log: EventLog,
  offsets: readonly number[],
  by: string,
  patienceMs = ANSWER_MS,
): Promise<RedriveAnswer> {
  const ask = randomUUID()
  const value = Buffer.from(JSON.stringify({ ask, by, offsets }))
  const [asked] = await log.append(REDRIVES, [{ key: ask, value }])
  if (!asked) throw new Error('the log gave no offset')
  let offset = asked.offset + 1
  for (const end = performance.now() + patienceMs; performance.now() < end; ) {
    const records = await log.read(REDRIVES, { partition: asked.partition, offset }, PAGE)
    for (const record of records) {
      const found = redriveAnswerSchema.safeParse(jsonIn(record.value)).data
      if (found?.answer === ask) return found
      offset = record.offset + 1
    }
    await new Promise((later) => setTimeout(later, ASK_AGAIN_MS))
  }
  throw new QuartierError('GATEWAY_SILENT', 'ask a gateway to take dead letters in again: none has answered')
}

function jsonIn(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined // not ours, and passed over
  }
}
