import type { Link } from '../mqtt/link.ts'
import type { Message } from '../simulate/messages.ts'
import type { Payload } from '../simulate/payloads.ts'
import type { Account } from './account.ts'
import { Histogram } from './histogram.ts'
import type { Probes } from './probes.ts'
import type { Timeline } from './timeline.ts'

/** Counts of a run so far, in messages and readings. */
export interface SendCounts {
  dueMessages: number
  dueReadings: number
  sentMessages: number
  sentReadings: number
  acknowledgedMessages: number
  acknowledgedReadings: number
  /** Sent once more on purpose. */
  repeatedMessages: number
  repeatedReadings: number
  malformedMessages: number
  /** Not sent because the timeline silenced their sensors. */
  silencedMessages: number
  heldBackMessages: number
  skewedMessages: number
}

export const noSendCounts = (): SendCounts => ({
  dueMessages: 0,
  dueReadings: 0,
  sentMessages: 0,
  sentReadings: 0,
  acknowledgedMessages: 0,
  acknowledgedReadings: 0,
  repeatedMessages: 0,
  repeatedReadings: 0,
  malformedMessages: 0,
  silencedMessages: 0,
  heldBackMessages: 0,
  skewedMessages: 0,
})

export interface Reader {
  /** What the devices of a message say, encoded; also their values. */
  read(
    message: number,
    dueAt: number,
    measuredAt: number,
  ): { readonly payload: Payload; readonly values: Float64Array } | undefined
}

export interface SenderDeps {
  readonly messages: readonly Message[]
  /** By connection; they come while connections are opened. */
  readonly links: readonly Link[]
  readonly connections: number
  readonly timeline: Timeline
  readonly account: Account
  readonly probes: Probes
  readonly reader: Reader
  readonly keyOf: (series: number) => string
  readonly now: () => number
  /** Readings followed in a second, at most. */
  readonly probesPerSecond: number
}

/**
 * Sends what falls due over the connection of each message, in order, whatever the gateway does: what finds no room
 * waits here and its waiting counts. Latencies run from the instant at which a message was due.
 */
export function createSender(deps: SenderDeps) {
  const { messages, links, timeline, account, probes, reader, now } = deps
  const counts = noSendCounts()
  const acknowledgement = new Histogram()
  let recent = new Histogram()
  const queues = Array.from({ length: deps.connections }, () => ({
    message: [] as number[],
    at: [] as number[],
    next: 0,
  }))
  let held: { readonly message: number; readonly at: number; readonly until: number }[] = []
  let broken = 0
  let probedAt = 0
  let startedAt = 0

  const pump = (c: number) => {
    const queue = queues[c]!
    const link = links[c]!
    while (queue.next < queue.message.length && link.hasRoom()) {
      const [message, at] = [queue.message[queue.next]!, queue.at[queue.next]!]
      queue.next++
      if (at < 0) sendBroken(c, message)
      else send(c, message, at)
    }
    if (queue.next > 512 || queue.next === queue.message.length) {
      queue.message.splice(0, queue.next)
      queue.at.splice(0, queue.next)
      queue.next = 0
    }
  }
  const send = (c: number, message: number, dueAt: number, wasHeld = false) => {
    const m = messages[message]!
    const decision = timeline.decide(message, m.gateway, dueAt, (dueAt - startedAt) / 1_000)
    if (decision.silent) {
      counts.silencedMessages++
      return
    }
    if (decision.delayMs > 0 && !wasHeld) {
      counts.heldBackMessages++
      held.push({ message, at: dueAt, until: now() + decision.delayMs })
      return
    }
    const measuredAt = dueAt + decision.skewMs
    const read = reader.read(message, dueAt, measuredAt)
    if (!read) return
    const { payload, values } = read
    const present = account.sent(m.series, values)
    const honest = !wasHeld && decision.skewMs === 0
    if (decision.skewMs !== 0) counts.skewedMessages++
    counts.sentMessages++
    counts.sentReadings += payload.readings
    links[c]!.send(payload.mqttTopic, payload.bytes, () => {
      counts.acknowledgedMessages++
      counts.acknowledgedReadings += payload.readings
      account.acknowledged(m.series, present)
      if (!honest) return
      const ms = now() - dueAt
      acknowledgement.add(ms)
      recent.add(ms)
    })
    if (decision.duplicate) {
      counts.repeatedMessages++
      counts.repeatedReadings += payload.readings
      links[c]!.send(payload.mqttTopic, payload.bytes, () => {})
    }
    if (honest && deps.probesPerSecond > 0 && now() - probedAt >= 1_000 / deps.probesPerSecond) {
      probedAt = now()
      const row = values.subarray(0, m.series.length).findIndex((v) => !Number.isNaN(v))
      probes.follow(deps.keyOf(m.series[row]!), measuredAt, dueAt)
    }
  }
  /** A message cut off in its middle. */
  const sendBroken = (c: number, message: number) => {
    const read = reader.read(message, now(), Math.round(now()))
    if (!read) return
    const { mqttTopic, bytes } = read.payload
    counts.malformedMessages++
    links[c]!.send(mqttTopic, bytes.slice(0, Math.max(1, bytes.length >> 1)), () => {})
  }
  const put = (message: number, at: number) => {
    const queue = queues[messages[message]!.connection]!
    queue.message.push(message)
    queue.at.push(at)
  }
  return {
    counts,
    acknowledgement,
    pump,
    takeRecent: () => {
      const taken = recent
      recent = new Histogram()
      return taken
    },
    /** The instant from which faults count their time. */
    begin: (at: number) => {
      startedAt = at
    },
    /** Everything that fell due. */
    put: (message: number, dueAt: number) => {
      counts.dueMessages++
      counts.dueReadings += messages[message]!.series.length
      put(message, dueAt)
    },
    /** Once in a while: releases what was held back, adds broken messages, sends where there is room. */
    turn: (second: number, passedMs: number) => {
      broken += (timeline.malformedPerSecond(second) * passedMs) / 1_000
      for (; broken >= 1; broken--) put(Math.floor((counts.malformedMessages * 7_919 + broken) % messages.length), -1)
      if (held.length > 0) {
        const at = now()
        for (const h of held) if (h.until <= at) send(messages[h.message]!.connection, h.message, h.at, true)
        held = held.filter((h) => h.until > at)
      }
      for (let c = 0; c < queues.length; c++) if (queues[c]!.message.length > 0) pump(c)
    },
    /** Messages due and not sent. */
    waiting: () => queues.reduce((n, q) => n + q.message.length - q.next, 0),
    /** Messages that a fault holds back. */
    heldBack: () => held.length,
    underWay: () => links.reduce((n, l) => n + l.underWay, 0),
  }
}
export type Sender = ReturnType<typeof createSender>
