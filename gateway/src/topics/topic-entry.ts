import type { Codec, MessageContext } from '../codecs/codec.ts'
import { openTopic } from '../privacy/personal-topics.ts'
import type { Tally } from '../tally.ts'

/** What the gateway does with a publication: decode it on the fast lane, hand it to the engine, or refuse it. */
export type TopicKind = 'telemetry' | 'other' | 'denied'

/** All that is known about one MQTT topic of one principal, found by its bytes and worked out once. */
export class TopicEntry implements MessageContext {
  readonly topicBytes: Buffer
  readonly kind: TopicKind
  /** Source of the series; for a refused topic, that of the principal. */
  readonly source: string
  readonly sourceBytes: number
  readonly codec: Codec | undefined
  /** What comes here may identify people: it passes the privacy firewall, and nothing raw of it goes anywhere. */
  readonly isPersonal: boolean
  readonly deviceFrom: number
  readonly deviceTo: number
  readonly propertyFrom: number
  readonly propertyTo: number
  receivedAt = 0
  memo: unknown = undefined
  /** Version of the routes by which it was worked out. */
  routesVersion = 0
  /** The tallies of the source, one per partition. */
  readonly tallies: readonly Tally[]
  /** Handle of the series that the topic itself names; -1 until it is known. */
  series = -1
  /** Handles of the series that its messages name, in the order of the last one. */
  readonly sequence: number[] = []
  /** Subscribers as of that version of the subscription index. */
  subscribers: readonly unknown[] = NOBODY
  subscribersAt = -1
  /** Of a personal topic: that under which the copies of its messages are handed on; `undefined`: they are not. */
  readonly openBytes: Buffer | undefined
  /** Window of the clock check in which its device was asked last. */
  clockWindow = 0

  constructor(
    from: Omit<
      TopicEntry,
      | 'sourceBytes'
      | 'receivedAt'
      | 'memo'
      | 'routesVersion'
      | 'series'
      | 'sequence'
      | 'subscribers'
      | 'subscribersAt'
      | 'clockWindow'
      | 'openBytes'
      | 'mqttTopic'
    >,
  ) {
    this.topicBytes = from.topicBytes
    this.kind = from.kind
    this.source = from.source
    this.sourceBytes = Buffer.byteLength(from.source)
    this.codec = from.codec
    this.isPersonal = from.isPersonal
    const open = from.isPersonal ? openTopic(from.topicBytes.toString()) : undefined
    this.openBytes = open === undefined ? undefined : Buffer.from(open)
    this.deviceFrom = from.deviceFrom
    this.deviceTo = from.deviceTo
    this.propertyFrom = from.propertyFrom
    this.propertyTo = from.propertyTo
    this.tallies = from.tallies
  }

  get mqttTopic(): string {
    return this.topicBytes.toString()
  }
}

const NOBODY: readonly unknown[] = []
