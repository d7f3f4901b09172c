import { copyPacket } from '../packets.ts'
import type { StoredPacket } from '../types.ts'

/** A packet as JSON carries it to the server: a payload that is text stays in the head. */
export interface PacketJson {
  readonly head: string
  /** base64 */
  readonly payload: string | null
}

/** A packet as a row holds it. */
export interface PacketRow {
  readonly head: string
  readonly payload: Buffer | null
  readonly message_id?: number | null
}

export function toJson(packet: StoredPacket): PacketJson {
  const { payload, ...head } = packet
  if (payload === undefined || typeof payload === 'string') return { head: JSON.stringify(packet), payload: null }
  return { head: JSON.stringify(head), payload: Buffer.from(payload).toString('base64') }
}

export function fromRow({ head, payload }: PacketRow): StoredPacket {
  const packet = JSON.parse(head) as StoredPacket
  if (payload) packet.payload = payload
  return packet
}

/** A packet of a client's queue: a publication in aedes' own class; a PUBREL stays what it is. */
export function fromQueue(row: PacketRow): StoredPacket {
  const packet = fromRow(row)
  const queued = packet.cmd === 'publish' ? copyPacket(packet) : packet
  queued.messageId = row.message_id ?? undefined
  return queued
}
