import type { CodecState, ReadingSink } from '../codec.ts'
import type { Edge } from './edge.ts'

/** A node is asked for its birth at most once in this time, and each time it does not give it, half as often. */
const ASK_EVERY_MS = 60_000
const ASK_AT_LEAST_MS = 3_600_000
/** When the gateway has sent enough commands for now. */
const LATER_MS = 1_000

type Send = NonNullable<ReadingSink['send']>

/** Asks the node to tell everything anew, now or as soon as it may be asked; once until it is born. */
export function askForBirth(edge: Edge, state: CodecState, now: number, send: Send | undefined): void {
  edge.wantsBirth = true
  const mayAskAt = edge.askedAt + Math.min(ASK_EVERY_MS * 2 ** Math.max(edge.asked - 1, 0), ASK_AT_LEAST_MS)
  if (now < mayAskAt) state.wakeAt = Math.min(state.wakeAt, mayAskAt)
  else if (send?.(`spBv1.0/${edge.group}/NCMD/${edge.name}`, rebirthCommand(now))) {
    edge.asked++
    edge.askedAt = now
    state.wakeAt = Math.min(state.wakeAt, now + ASK_EVERY_MS)
  } else state.wakeAt = Math.min(state.wakeAt, now + LATER_MS)
}

/** The command as protobuf: the metric goes by its name, never by an alias. */
export function rebirthCommand(now: number): Uint8Array {
  const name = Buffer.from('Node Control/Rebirth')
  const metric = Buffer.concat([
    Buffer.from([0x0a, name.length]),
    name,
    Buffer.from([0x18]),
    varint(now),
    Buffer.from([0x20, 11, 0x70, 1]),
  ])
  return Buffer.concat([Buffer.from([0x08]), varint(now), Buffer.from([0x12, metric.length]), metric])
}

/** A death certificate as the node's will would have been. */
export function deathCertificate(now: number, bdSeq: number): Uint8Array {
  const name = Buffer.from('bdSeq')
  const metric = Buffer.concat([
    Buffer.from([0x0a, name.length]),
    name,
    Buffer.from([0x20, 8, 0x58]),
    varint(Math.max(bdSeq, 0)),
  ])
  const head = Buffer.concat([Buffer.from([0x08]), varint(now)])
  return bdSeq < 0 ? head : Buffer.concat([head, Buffer.from([0x12, metric.length]), metric])
}

function varint(n: number): Buffer {
  const bytes: number[] = []
  for (; n >= 128; n = Math.floor(n / 128)) bytes.push((n % 128) | 128)
  return Buffer.from([...bytes, n])
}
