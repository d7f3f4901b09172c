import type { Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import type { Taken } from './broker/broker.ts'
import type { Rejection } from './codecs/codec.ts'
import { RecordingSink } from './codecs/recording-sink.ts'
import type { Connection } from './connection.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { FanOut } from './fan-out.ts'
import { FORWARD, MALFORMED, TAKEN } from './host.ts'
import type { Firewall } from './privacy/firewall.ts'
import type { MessageSink } from './sink.ts'
import { resolveTopic, type TopicLimits } from './topics/resolve.ts'
import type { Routes } from './topics/routes.ts'
import { isTopic } from './topics/topic-cache.ts'
import type { TopicEntry } from './topics/topic-entry.ts'
import { ackBytes, PUBREC, u16 } from './wire/packets.ts'

export interface LaneDeps {
  readonly committer: Committer
  readonly sink: MessageSink
  readonly routes: Routes
  readonly fanOut: FanOut
  readonly deadLetters: DeadLetters
  readonly firewall: Firewall
  readonly logger: Logger
  readonly limits: TopicLimits
}

/** Takes PUBLISH packets on telemetry topics from their raw bytes to the columns of the next batch. */
export class FastLane {
  readonly stats = { messages: 0, denied: 0, retainedRefused: 0 }
  #codecMs = 0
  #isTiming = false
  readonly #deps: LaneDeps

  constructor(deps: LaneDeps) {
    this.#deps = deps
  }

  /** The PUBLISH with the body `b[from, to)`; `first` is the first byte of its packet. */
  publish(c: Connection, b: Buffer, first: number, from: number, to: number, receivedAt: number): number {
    const qos = (first >> 1) & 3
    const topicFrom = from + 2
    if (qos === 3 || (qos === 0 && first & 8) || topicFrom > to) return MALFORMED
    const topicTo = topicFrom + u16(b, from)
    const payloadFrom = qos === 0 ? topicTo : topicTo + 2
    if (payloadFrom > to) return MALFORMED
    const id = qos === 0 ? 0 : u16(b, topicTo)
    if (qos !== 0 && id === 0) return MALFORMED
    const access = c.access as Access
    let entry = c.lastTopic
    const { version } = this.#deps.routes
    if (entry === undefined || entry.routesVersion !== version || !isTopic(entry, b, topicFrom, topicTo)) {
      entry = access.topics.get(b, topicFrom, topicTo) ?? this.#meet(access, b, topicFrom, topicTo)
      if (entry === undefined) return MALFORMED
      c.lastTopic = entry
    }
    const { committer } = this.#deps
    let isKept = false
    // What is personal and no codec reads is never handed to other clients, queued or retained.
    if (entry.kind === 'denied' || (entry.kind === 'other' && entry.isPersonal)) {
      this.#deny(access, entry, b, payloadFrom, to, receivedAt)
      if (qos === 2) committer.afterCommit(() => c.send(ackBytes(PUBREC, id)))
    } else {
      if (entry.kind === 'other' || qos === 2) return FORWARD
      isKept = this.#take(access, entry, b, payloadFrom, to, receivedAt, (first & 1) !== 0, qos)
    }
    if (isKept && qos === 1) committer.acknowledgeRetained(c, id)
    else if (qos === 1) committer.acknowledge(c, id)
    c.lastBatch = committer.seq
    return TAKEN
  }

  /** Measures the codecs until `endTiming`. */
  beginTiming(): void {
    this.#codecMs = 0
    this.#isTiming = true
  }

  /** What the codecs have taken since `beginTiming`, ms. */
  endTiming(): number {
    this.#isTiming = false
    return this.#codecMs
  }

  /** Telemetry that came by the full road; resolves when it is durable. */
  takeFromRoad(access: Access, packet: Taken, receivedAt: number): Promise<void> {
    const bytes = Buffer.from(packet.topic)
    const entry = access.topics.get(bytes, 0, bytes.length) ?? this.#meet(access, bytes, 0, bytes.length)
    const { payload } = packet
    const { committer } = this.#deps
    let isKept = false
    if (entry?.kind === 'telemetry')
      isKept = this.#take(access, entry, payload, 0, payload.length, receivedAt, packet.retain, packet.qos)
    else if (entry) this.#deny(access, entry, payload, 0, payload.length, receivedAt)
    return new Promise((done) => (isKept ? committer.afterRetained(done) : committer.afterCommit(done)))
  }

  /**
   * Takes in again what was refused before, as of when it came. Nobody else hears of it, and what is refused once more
   * is counted only if a codec could read it. Returns how much was appended, or why nothing was.
   */
  takeAgain(access: Access, mqttTopic: string, payload: Buffer, receivedAt: number, asOf: number): number | Rejection {
    const { sink } = this.#deps
    const trial = this.#resolve(access, Buffer.from(mqttTopic), asOf)
    const entry = this.#resolve(access, Buffer.from(mqttTopic), asOf)
    const wrong = whyNotAgain(trial)
    if (wrong || !trial?.codec || !entry) return wrong ?? NO_ROUTE
    // A codec leaves in the entry what it finds out: the trial has one of its own.
    const unread = trial.codec.decode(payload, 0, payload.length, trial, new RecordingSink())
    if (unread) return unread
    sink.begin(access, entry, receivedAt, false, asOf)
    const rejection = this.#decode(entry, payload, 0, payload.length)
    const refused = sink.firstRefusal
    let taken = 0
    if (rejection) sink.refuse(rejection.reason)
    else taken = sink.accept()
    sink.end()
    return rejection ?? (taken === 0 && refused ? refused : taken)
  }

  /** Returns whether the message is to be kept as retained. */
  #take(
    access: Access,
    entry: TopicEntry,
    b: Buffer,
    from: number,
    to: number,
    receivedAt: number,
    retain: boolean,
    qos: number,
  ): boolean {
    let isKept = false
    const { sink, fanOut, firewall } = this.#deps
    this.stats.messages++
    entry.receivedAt = receivedAt
    sink.begin(access, entry, receivedAt, retain)
    if (entry.isPersonal) firewall.begin()
    // An empty retained message clears the one that is kept and says nothing else [MQTT-3.3.1-10].
    const rejection = retain && from === to ? undefined : this.#decode(entry, b, from, to)
    if (entry.isPersonal) firewall.settle(entry, rejection === undefined)
    if (rejection || sink.firstRefusal !== undefined) this.#setAside(access, entry, rejection, b, from, to, receivedAt)
    if (!rejection) {
      sink.accept()
      if (fanOut.size > 0) this.#handOn(entry, b, from, to)
      if (retain) isKept = this.#retain(access, entry, Buffer.from(b.subarray(from, to)), qos)
    }
    sink.end()
    return isKept
  }

  /** To subscribers; of what may identify people only the copy that the codec makes, if it can. */
  #handOn(entry: TopicEntry, b: Buffer, from: number, to: number): void {
    const { fanOut, logger } = this.#deps
    if (!entry.isPersonal) fanOut.deliver(entry, b, from, to)
    else if (entry.codec?.copy && from < to)
      fanOut.deliverCopy(entry, () => {
        try {
          return entry.codec?.copy?.(b, from, to, entry)
        } catch {
          logger.error({ codec: entry.codec?.name }, 'codec.broken')
          return undefined
        }
      })
  }

  #decode(entry: TopicEntry, b: Buffer, from: number, to: number): Rejection | undefined {
    const { sink, firewall, logger } = this.#deps
    const startedAt = this.#isTiming ? performance.now() : 0
    try {
      return entry.codec?.decode(b, from, to, entry, entry.isPersonal ? firewall.sink : sink)
    } catch (error) {
      // Codecs promise not to throw: one that does must not take the other clients with it.
      if (entry.isPersonal) logger.error({ codec: entry.codec?.name }, 'codec.broken')
      else logger.error({ err: error, mqttTopic: entry.mqttTopic }, 'codec.broken')
      return { reason: 'codec-failure', detail: 'the codec failed on this payload' }
    } finally {
      if (startedAt > 0) this.#codecMs += performance.now() - startedAt
    }
  }

  /** Counts what was refused, of the whole message or of single readings, and keeps a dead letter. */
  #setAside(
    access: Access,
    entry: TopicEntry,
    rejection: Rejection | undefined,
    b: Buffer,
    from: number,
    to: number,
    receivedAt: number,
  ): void {
    const { sink, deadLetters } = this.#deps
    const why = rejection ?? (sink.firstRefusal as Rejection)
    let readings = 0
    if (rejection) readings = sink.refuse(rejection.reason)
    else for (const n of sink.refused.values()) readings += n
    const { source, mqttTopic, isPersonal } = entry
    const stage = rejection ? 'codec' : 'check'
    deadLetters.offer({ access, source, mqttTopic, stage, ...why, receivedAt, readings, isPersonal }, b, from, to)
  }

  #deny(access: Access, entry: TopicEntry, b: Buffer, from: number, to: number, receivedAt: number): void {
    const { sink, deadLetters } = this.#deps
    this.stats.denied++
    sink.begin(access, entry, receivedAt, false)
    sink.refuse('permission')
    sink.end()
    const { source, mqttTopic, isPersonal } = entry
    const detail = `${access.principal.name} may not publish here`
    const refusal = { access, source, mqttTopic, stage: 'permission', reason: 'permission', detail } as const
    deadLetters.offer({ ...refusal, receivedAt, readings: 0, isPersonal }, b, from, to)
  }

  /** Returns whether the message is kept; one beyond a limit is not, while its reading counts all the same. */
  #retain(access: Access, entry: TopicEntry, payload: Buffer, qos: number): boolean {
    const topic = entry.mqttTopic
    const { name } = access.principal
    const isKept =
      !entry.isPersonal &&
      access.mayRetain(topic, payload.length) &&
      this.#deps.committer.retain({ topic, payload, qos, principal: name })
    if (!isKept) this.stats.retainedRefused++
    return isKept
  }

  /** What a topic means now, without remembering it. */
  #resolve(access: Access, topic: Buffer, receivedAt: number): TopicEntry | undefined {
    const { committer, routes, limits } = this.#deps
    const entry = resolveTopic(access, topic, 0, topic.length, { routes, tallies: committer.tallies, limits })
    if (entry) entry.receivedAt = receivedAt
    return entry
  }

  #meet(access: Access, b: Buffer, from: number, to: number): TopicEntry | undefined {
    const { committer, routes, limits } = this.#deps
    const entry = resolveTopic(access, b, from, to, { routes, tallies: committer.tallies, limits })
    if (entry) entry.routesVersion = routes.version
    // What a principal may not publish costs no memory, nor what it left behind when nobody is connected any more.
    if (entry && entry.kind !== 'denied' && access.connections > 0) access.topics.add(entry)
    return entry
  }
}

const NO_ROUTE: Rejection = { reason: 'no-route', detail: 'no format reads this topic' }

/** Why a message on this topic cannot be taken in later than it came. */
function whyNotAgain(entry: TopicEntry | undefined): Rejection | undefined {
  if (!entry || entry.kind === 'other') return NO_ROUTE
  if (entry.isPersonal) return { reason: 'personal', detail: 'it may identify people' }
  if (entry.kind === 'denied') return { reason: 'permission', detail: 'its sender may not publish here' }
  if (entry.codec?.memory) return { reason: 'in-order', detail: 'its format needs the messages before and after it' }
  return undefined
}
