import { createHmac } from 'node:crypto'
import type { DayKey } from './day-keys.ts'

const NONCE_BYTES = 8
const TOKEN_BYTES = 16

/** The token of a plate on the day of the key: 128 bits, the same however the plate is written. */
export const plateToken = (key: DayKey, plate: string): Buffer =>
  hmac(key.token, normalPlate(plate)).subarray(0, TOKEN_BYTES)

/**
 * A token as it is written down: 48 hexadecimal digits that are other ones for every sighting, so that without the
 * key of the day nobody can tell two sightings of one vehicle from those of two, in the log, the store or a backup.
 * @param sighting what tells this one from others, and is the same when it is sent again
 */
export function sealToken(key: DayKey, token: Buffer, sighting: string): string {
  const nonce = hmac(key.link, `${token.toString('hex')} ${sighting}`).subarray(0, NONCE_BYTES)
  return nonce.toString('hex') + masked(key, nonce, token).toString('hex')
}

/** The token in a seal, 32 hexadecimal digits. With the key of another day it is a number that means nothing. */
export function openToken(key: DayKey, sealed: string): string | undefined {
  if (!/^[0-9a-f]{48}$/.test(sealed)) return undefined
  const bytes = Buffer.from(sealed, 'hex')
  return masked(key, bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)).toString('hex')
}

/** A plate without what is written differently from camera to camera: case, spaces, dashes, the script of its digits. */
export const normalPlate = (plate: string): string =>
  plate
    .normalize('NFKC')
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')

function masked(key: DayKey, nonce: Buffer, token: Buffer): Buffer {
  const mask = createHmac('sha256', key.link).update(nonce).digest()
  return Buffer.from(token.map((byte, i) => byte ^ (mask[i] as number)))
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
