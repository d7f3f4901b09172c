import type { Socket } from 'node:net'
import type { FullRoad } from './broker/full-road.ts'
import type { Limits } from './config.ts'
import type { Connection } from './connection.ts'
import type { Turns } from './turns.ts'
import type { PartialBudget } from './wire/partial-budget.ts'

/** What the fast lane says about a PUBLISH. */
export const TAKEN = 0
/** Not ours: the engine must handle it. */
export const FORWARD = 1
export const MALFORMED = 2

/** Why a socket is not being read; several may hold at once. */
export const OVERLOAD = 1
export const THROTTLED = 2
export const ROAD_FULL = 4
export const LOGGING_IN = 8
export const NOT_READING = 16
export const QUEUED = 32
export const TURN = 64

/** What a connection needs of the gateway around it. */
export interface Host {
  readonly limits: Limits
  readonly stats: GuardStats
  /** Memory for half-received packets of those who have not logged in. */
  readonly strangers: PartialBudget
  readonly isOver: boolean
  /** Fair queueing of what is read. */
  readonly turns: Turns
  /** Readings that wait for the log in the batch `seq`. */
  readonly pending: { readonly rows: number; readonly seq: number }
  /** A chunk of bytes is about to be handled; whether it is one of those that are timed. */
  begin(): boolean
  publish(c: Connection, b: Buffer, first: number, from: number, to: number): number
  login(c: Connection, b: Buffer, from: number, to: number): void
  openRoad(c: Connection): FullRoad
  grantsZero(filter: string): boolean
  subscribed(c: Connection, filter: string): void
  unsubscribed(c: Connection, filter: string): void
  /** So much waits for the log that whoever has sent more than its share of it must wait. */
  isCrowdedBy(rows: number): boolean
  overloaded(c: Connection): void
  /** It sends faster than it may. */
  throttled(c: Connection): void
  /** The timed chunk is handled; it held so many messages. */
  timed(messages: number): void
  closed(c: Connection): void
  /** We have ended the socket; its client is given a moment to close it. */
  linger(socket: Socket): void
}

export interface GuardStats {
  bytes: number
  packets: number
  lanePackets: number
  roadPackets: number
  throttled: number
  closedBy: Map<string, number>
}
