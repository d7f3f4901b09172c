import { randomUUID } from 'node:crypto'
import {
  type KeptMapping,
  keptMappingSchema,
  MAPPINGS,
  type Mapping,
  PREVIEWS,
  type Preview,
  type PreviewAnswer,
  type PreviewRequest,
  previewAnswerSchema,
} from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { sealFor } from '@quartier/contracts/runtime'
import { Problem } from '../http/problem.ts'

const ANSWER_MS = 5_000
const ASK_AGAIN_MS = 25
const PAGE = 500

/** The mappings that are kept, by name. */
export async function listMappings(log: EventLog): Promise<KeptMapping[]> {
  const [range] = await log.ranges(MAPPINGS)
  if (!range) return []
  const found = new Map<string, KeptMapping>()
  for (let offset = range.earliest; offset < range.next; ) {
    const records = await log.read(MAPPINGS, { partition: range.partition, offset }, PAGE)
    const last = records.at(-1)
    if (!last) break
    offset = last.offset + 1
    for (const { key, value } of records) {
      const mapping = value.length === 0 ? undefined : keptMappingSchema.safeParse(jsonIn(value)).data
      if (mapping) found.set(key, mapping)
      else found.delete(key)
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Keeps a mapping that a gateway can use; it holds at once. @throws Problem 400, 503 */
export async function saveMapping(
  log: EventLog,
  mapping: Mapping,
  changedBy: string,
  now: number,
): Promise<KeptMapping> {
  const { invalid } = (await ask(log, { mapping, mqttTopic: '', payload: null })).preview
  if (invalid !== null) throw new Problem(400, 'INPUT_INVALID', invalid, { where: 'mapping' })
  const kept = { ...mapping, changedBy, changedAt: now }
  await log.append(MAPPINGS, [{ key: mapping.name, value: Buffer.from(JSON.stringify(kept)) }])
  return kept
}

/** @throws Problem 404 */
export async function removeMapping(log: EventLog, name: string): Promise<void> {
  const present = await log.latest(MAPPINGS, name)
  if (!present || present.value.length === 0)
    throw new Problem(404, 'MAPPING_UNKNOWN', `There is no mapping "${name}".`)
  await log.append(MAPPINGS, [{ key: name, value: Buffer.alloc(0) }])
}

/**
 * What a gateway makes of a message by a mapping. The message travels in the log, where only the gateway that has said
 * how can read it. @throws Problem 503
 */
export async function preview(
  log: EventLog,
  { payload, ...question }: Pick<PreviewRequest, 'mapping' | 'mqttTopic'> & { readonly payload: Uint8Array },
): Promise<Preview> {
  const { preview: checked, box } = await ask(log, { ...question, payload: null })
  if (checked.invalid !== null) return checked
  return (await ask(log, { ...question, to: box, payload: sealFor(box, payload) })).preview
}

/** Asks the gateways: the first answer counts. @throws Problem 503 */
async function ask(log: EventLog, question: Omit<PreviewRequest, 'ask'>): Promise<PreviewAnswer> {
  const key = randomUUID()
  const value = Buffer.from(JSON.stringify({ ask: key, ...question }))
  const [asked] = await log.append(PREVIEWS, [{ key, value }])
  if (!asked) throw new Error('the log gave no offset')
  let offset = asked.offset + 1
  for (const end = performance.now() + ANSWER_MS; performance.now() < end; ) {
    const records = await log.read(PREVIEWS, { partition: asked.partition, offset }, PAGE)
    for (const record of records) {
      const found = previewAnswerSchema.safeParse(jsonIn(record.value)).data
      if (found?.answer === key) return found
      offset = record.offset + 1
    }
    await new Promise((later) => setTimeout(later, ASK_AGAIN_MS))
  }
  throw new Problem(503, 'GATEWAY_SILENT', 'No gateway has answered. Try again when one is running.', {
    headers: { 'retry-after': '5' },
  })
}

function jsonIn(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined // not ours, and passed over
  }
}
