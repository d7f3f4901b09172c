import type { Readable } from 'node:stream'
import type { Clock } from '@quartier/contracts/runtime'

/** A message as aedes keeps it. */
export interface StoredPacket {
  cmd: string
  topic?: string
  payload?: Buffer | string
  qos?: number
  retain?: boolean
  dup?: boolean
  messageId?: number
  brokerId?: string
  brokerCounter?: number
  clientId?: string
}

export interface StoredSubscription {
  readonly topic: string
  readonly qos: number
  readonly rh?: number
  readonly rap?: boolean
  readonly nl?: boolean
  readonly subscriptionIdentifier?: number
}

/** A client as far as sessions care; `clean` ones leave nothing behind on disk but their will. */
export interface SessionClient {
  readonly id: string
  readonly clean?: boolean
}

/** The part of an aedes broker that sessions look at. */
export interface SessionBroker {
  readonly id: string
  counter: number
  readonly clients?: Readonly<Record<string, unknown>>
  on?(event: 'client' | 'clientDisconnect', listener: (client: SessionClient) => void): unknown
  removeListener?(event: string, listener: (client: SessionClient) => void): unknown
}

/** What is kept at most. What is oldest gives way and is counted. */
export interface SessionLimits {
  /** Messages and bytes that wait for one client. */
  readonly queueMessages: number
  readonly queueBytes: number
  /** Bytes that wait for all clients together. */
  readonly totalQueueBytes: number
  /** Bytes of QoS 2 messages that await their release: of one client, of one principal's, of all. Beyond, none is taken. */
  readonly incomingBytes: number
  readonly incomingOwnerBytes: number
  readonly totalIncomingBytes: number
  /** Retained messages, their bytes, and those of one principal where the packet names it as its client. */
  readonly retainedMessages: number
  readonly retainedBytes: number
  readonly retainedPerClient: number
  /** Sessions kept for clients, present or absent. */
  readonly sessions: number
  /** How long the session of an absent client is kept, ms. */
  readonly expiryMs: number
  /** Size of the database file, beside its write-ahead log. */
  readonly fileBytes: number
  /** Changes that may wait for a file or disk that is full, before new ones are refused. */
  readonly pendingRows: number
}

/** What happened since opening, and (the last five) what is held now. */
export interface SessionStats {
  commits: number
  commitSeconds: number
  rowsWritten: number
  failures: number
  droppedMessages: number
  droppedBytes: number
  droppedRetained: number
  expiredSessions: number
  evictedSessions: number
  sessions: number
  queuedMessages: number
  queuedBytes: number
  retainedMessages: number
  retainedBytes: number
}

export interface SessionOptions {
  /** The database file; its folder must exist. */
  readonly path: string
  readonly limits?: Partial<SessionLimits>
  readonly clock?: Clock
}

/**
 * What MQTT keeps between connections: subscriptions, queued messages, QoS 2 handshakes, wills and retained messages.
 * It is aedes' persistence (aedes-persistence 11). A promise that adds something resolves only when it is on disk, so
 * what is acknowledged after it survives a crash. Errors: QuartierError SESSIONS_CLOSED, SESSIONS_FAILED,
 * SESSIONS_OVERLOADED (retriable: the disk refuses and too much waits), SESSIONS_LIMIT (retriable: no room for a session,
 * or for one more QoS 2 message).
 */
export interface Sessions {
  readonly stats: Readonly<SessionStats>
  setup(broker: SessionBroker): Promise<void>
  storeRetained(packet: StoredPacket): Promise<void>
  createRetainedStream(filter: string): Readable
  createRetainedStreamCombi(filters: readonly string[]): Readable
  addSubscriptions(client: SessionClient, subscriptions: readonly StoredSubscription[]): Promise<void>
  removeSubscriptions(client: SessionClient, filters: readonly string[]): Promise<void>
  subscriptionsByClient(client: SessionClient): Promise<StoredSubscription[]>
  subscriptionsByTopic(topic: string): Promise<(StoredSubscription & { clientId: string })[]>
  cleanSubscriptions(client: SessionClient): Promise<void>
  countOffline(): Promise<{ subsCount: number; clientsCount: number }>
  outgoingEnqueue(subscription: { clientId: string }, packet: StoredPacket): Promise<void>
  outgoingEnqueueCombi(subscriptions: readonly { clientId: string }[], packet: StoredPacket): Promise<void>
  outgoingUpdate(client: SessionClient, packet: StoredPacket): Promise<void>
  outgoingClearMessageId(client: SessionClient, packet: { messageId?: number }): Promise<StoredPacket | undefined>
  outgoingStream(client: SessionClient): Readable
  incomingStorePacket(client: SessionClient, packet: StoredPacket): Promise<void>
  incomingGetPacket(client: SessionClient, packet: { messageId?: number }): Promise<StoredPacket>
  incomingDelPacket(client: SessionClient, packet: { messageId?: number }): Promise<void>
  cleanIncoming(client: SessionClient): Promise<void>
  putWill(client: SessionClient, packet: StoredPacket): Promise<void>
  getWill(client: SessionClient): Promise<StoredPacket | undefined>
  delWill(client: SessionClient): Promise<StoredPacket | undefined>
  streamWill(brokers?: Readonly<Record<string, unknown>>): Readable
  getClientList(filter: string): Readable
  /** Ends sessions whose clients have been absent too long; called by a timer too. */
  expire(): void | Promise<void>
  /** Writes what waits and closes. A second call is an error. */
  destroy(): Promise<void>
}
