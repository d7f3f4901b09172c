import {
  EVENT_KINDS,
  MAPPINGS,
  type Mapping,
  mappingSchema,
  PREVIEW_ROWS,
  PREVIEWS,
  type Preview,
  type PreviewAnswer,
  previewRequestSchema,
} from '@quartier/contracts'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import { REMOVAL_KINDS } from '@quartier/contracts/privacy'
import { LetterBox, type Logger } from '@quartier/contracts/runtime'
import type { MessageContext, Route } from './codecs/codec.ts'
import { RecordingSink } from './codecs/recording-sink.ts'
import { GuardedSink } from './privacy/guarded-sink.ts'
import { type CodecTable, type RouteMatch, Routes } from './topics/routes.ts'

export interface MappingsDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly instance: string
  readonly codecs: CodecTable
  /** Takes the routes that hold from now on, before those of the configuration. */
  readonly use: (routes: readonly Route[]) => void
  readonly now: () => number
}

/** The JSON mappings that people edit while we run, from `mappings.v1`, and answers to what they would like to try. */
export class Mappings {
  readonly #mappings = new Map<string, Mapping>()
  readonly #stopped = new AbortController()
  #running: Promise<unknown> = Promise.resolve()
  readonly #box = new LetterBox()
  readonly #deps: MappingsDeps

  constructor(deps: MappingsDeps) {
    this.#deps = deps
  }

  /** Resolves once all mappings that are kept now hold. */
  async open(onFatal: (error: unknown) => void): Promise<void> {
    const [range] = await this.#deps.log.ranges(MAPPINGS)
    const end = range && range.next > range.earliest ? range.next : 0
    await new Promise<void>((reached) => {
      const following = this.#follow(end, reached).catch(onFatal).finally(reached)
      this.#running = Promise.all([following, this.#answer().catch(onFatal)])
      if (end === 0) reached()
    })
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  async #follow(end: number, reached: () => void): Promise<void> {
    const options = { signal: this.#stopped.signal, from: 'earliest' } as const
    for await (const batch of this.#deps.log.consume(MAPPINGS, `mappings-${this.#deps.instance}`, options)) {
      for (const record of batch.records) this.#learn(record)
      this.#deps.use(this.#routes())
      if ((batch.end[0] ?? 0) >= end) reached()
    }
  }

  #learn({ key, value }: LogRecord): void {
    const mapping = value.length === 0 ? undefined : parse(value)
    const wrong = mapping && problemOf(mapping, this.#deps.codecs)
    if (wrong) this.#deps.logger.warn({ mapping: key, reason: wrong }, 'mapping.unusable')
    if (mapping?.enabled && !wrong) this.#mappings.set(key, mapping)
    else this.#mappings.delete(key)
  }

  #routes(): Route[] {
    const names = [...this.#mappings.keys()].sort()
    return names.map((name) => toRoute(this.#mappings.get(name) as Mapping))
  }

  async #answer(): Promise<void> {
    const { log, instance, codecs, now } = this.#deps
    const options = { signal: this.#stopped.signal, from: 'latest' } as const
    for await (const batch of log.consume(PREVIEWS, `previews-${instance}`, options))
      for (const { key, value } of batch.records) {
        const request = previewRequestSchema.safeParse(jsonIn(value)).data
        if (!request || (request.to ?? this.#box.address) !== this.#box.address) continue
        const payload = request.payload === null ? undefined : this.#box.open(request.payload)
        if (request.payload !== null && !payload) continue // for another gateway, or one of ours that is no more
        const preview = previewOf(request.mapping, request.mqttTopic, payload, codecs, now())
        const answer: PreviewAnswer = { answer: request.ask, preview, box: this.#box.address }
        await log.append(PREVIEWS, [{ key, value: Buffer.from(JSON.stringify(answer)) }])
      }
  }
}

/** What a mapping makes of a message. Nothing is stored, and no gateway is needed. */
export function previewOf(
  mapping: Mapping,
  mqttTopic: string,
  payload: Uint8Array | undefined,
  codecs: CodecTable,
  now: number,
): Preview {
  const invalid = problemOf(mapping, codecs)
  if (invalid !== undefined) return { ...NOTHING, invalid }
  if (payload === undefined) return NOTHING
  const match = new Routes([toRoute(mapping)], codecs).match(mqttTopic)
  if (!match)
    return { ...NOTHING, rejection: { reason: 'mapping-topic', detail: 'the filter does not match this topic' } }
  const sink = new RecordingSink()
  const guard = match.codec.personal ? new GuardedSink(sink, { token: () => TOKEN, name: () => undefined }) : undefined
  const rejection =
    match.codec.decode(payload, 0, payload.length, contextOf(match, mqttTopic, now), guard ?? sink) ?? null
  const { readings, states, events } = rejection ? new RecordingSink() : sink
  const lists = [readings, states, events, sink.rejects]
  return {
    invalid: null,
    // What a codec found wrong may quote the message.
    rejection: rejection && guard ? { ...rejection, detail: LEFT_OUT } : rejection,
    readings: readings
      .slice(0, PREVIEW_ROWS)
      .map(({ device, property, measuredAt, value }) => ({ device, property, measuredAt: known(measuredAt), value })),
    states: states.slice(0, PREVIEW_ROWS).map((s) => ({ ...s, measuredAt: known(s.measuredAt) })),
    events: events.slice(0, PREVIEW_ROWS).map((e) => ({
      ...{ device: e.device, kind: e.kind, severity: e.severity ?? EVENT_KINDS[e.kind].severity },
      ...{
        measuredAt: known(e.measuredAt),
        attributes: { ...e.attributes } as Preview['events'][number]['attributes'],
      },
    })),
    removed: guard && !rejection ? removedBy(guard) : {},
    setAside: sink.rejects.slice(0, PREVIEW_ROWS),
    more: lists.reduce((n, list) => n + Math.max(list.length - PREVIEW_ROWS, 0), 0),
  }
}

const NOTHING: Preview = {
  ...{ invalid: null, rejection: null, readings: [], states: [] },
  ...{ events: [], removed: {}, setAside: [], more: 0 },
}

/** Stands for the token of a plate: a preview makes none. */
const TOKEN = '…'
const LEFT_OUT = 'left out: what tells events may identify people'

function removedBy(guard: GuardedSink): Record<string, number> {
  const removed: Record<string, number> = {}
  guard.tellRemoved((_device, counts) => {
    for (const [i, kind] of REMOVAL_KINDS.entries())
      if ((counts[i] as number) > 0) removed[kind] = (removed[kind] ?? 0) + (counts[i] as number)
  })
  return removed
}

const known = (at: number): number | null => (Number.isNaN(at) ? null : at)

const toRoute = ({ filter, source, options }: Mapping): Route => ({
  filter,
  codec: 'json',
  options,
  ...(source === null ? {} : { source }),
})

/** Why the mapping cannot be used, in words. */
function problemOf(mapping: Mapping, codecs: CodecTable): string | undefined {
  try {
    new Routes([toRoute(mapping)], codecs)
    return undefined
  } catch (error) {
    return wordsOf(error)
  }
}

function wordsOf(error: unknown): string {
  const { issues } = error as { issues?: readonly { path: readonly PropertyKey[]; message: string }[] }
  if (issues) return issues.map((i) => `${i.path.join('.') || 'options'}: ${i.message}`).join('; ')
  return (error as Error).message.replace(/^gateway\.routes: /, '')
}

function contextOf(match: RouteMatch, mqttTopic: string, receivedAt: number): MessageContext {
  const levels = mqttTopic.split('/')
  const slice = ([from, to]: readonly [number, number]) => {
    const start = Buffer.byteLength(levels.slice(0, from).join('/')) + (from > 0 ? 1 : 0)
    return from === to ? [0, 0] : [start, start + Buffer.byteLength(levels.slice(from, to).join('/'))]
  }
  const [deviceFrom, deviceTo] = slice(match.device) as [number, number]
  const [propertyFrom, propertyTo] = slice(match.property) as [number, number]
  return { mqttTopic, topicBytes: Buffer.from(mqttTopic), deviceFrom, deviceTo, propertyFrom, propertyTo, receivedAt }
}

const parse = (value: Uint8Array): Mapping | undefined => {
  const kept = jsonIn(value) as (Mapping & Record<string, unknown>) | undefined
  if (!kept) return undefined
  const { changedBy: _by, changedAt: _at, ...mapping } = kept
  return mappingSchema.safeParse(mapping).data
}

function jsonIn(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined // nobody but us writes here; what is broken is passed over
  }
}
