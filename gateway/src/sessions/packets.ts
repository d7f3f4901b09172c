import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import Packet from 'aedes-packet'
import type { StoredPacket } from './types.ts'

/** A packet as two columns: everything but the payload as JSON, and the payload as it is. */
export function packetColumns(packet: StoredPacket): [head: string, payload: SQLInputValue] {
  const { payload, ...head } = packet
  return [JSON.stringify(head), payload ?? null]
}

/** The inverse of {@link packetColumns}. */
export function packetFrom(head: SQLOutputValue, payload: SQLOutputValue): StoredPacket {
  const packet = JSON.parse(head as string) as StoredPacket
  if (payload instanceof Uint8Array)
    packet.payload = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  else if (payload !== null) packet.payload = payload as string
  return packet
}

const AedesPacket = Packet as unknown as new (original: StoredPacket) => StoredPacket

/** A copy in aedes' own class, without its message id. */
export const copyPacket = (packet: StoredPacket): StoredPacket => new AedesPacket(packet)

/** Memory that a packet takes, roughly, in bytes. */
export const packetBytes = (packet: StoredPacket): number =>
  200 + (packet.topic?.length ?? 0) + (packet.payload?.length ?? 0)
