import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { bits, boolean, explicit, implicit, instant, integer, octets, oid, sequence, set, utf8 } from './der.ts'

/** What a certificate is for: to sign others, to be a server, to be a device. */
export type Purpose = 'authority' | 'server' | 'device'

export interface CertificateRequest {
  readonly purpose: Purpose
  /** Common name: of the authority, the server, or the principal. */
  readonly name: string
  /** Whose certificate signs; its own for an authority. */
  readonly issuer: string
  readonly issuerKey: KeyObject
  /** ECDSA on P-256, as all keys here. */
  readonly publicKey: KeyObject
  readonly issuerPublicKey: KeyObject
  /** Host names and addresses of a server. */
  readonly hosts?: readonly string[]
  readonly from: number
  /** Valid until, epoch ms. */
  readonly to: number
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const COMMON_NAME = oid('2.5.4.3')
const ORGANIZATION = oid('2.5.4.10')
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1')
const CLIENT_AUTH = oid('1.3.6.1.5.5.7.3.2')

/** Bits of keyUsage, from the left: digitalSignature 0, keyCertSign 5, cRLSign 6. */
const KEY_USAGE: Readonly<Record<Purpose, Buffer>> = {
  authority: bits(Buffer.from([0b0000_0110]), 1),
  server: bits(Buffer.from([0b1000_0000]), 7),
  device: bits(Buffer.from([0b1000_0000]), 7),
}

/** A signed X.509 v3 certificate, DER [RFC 5280]. The serial number is 127 random bits. */
export function certificate(request: CertificateRequest): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    name(request.issuer),
    sequence(instant(request.from), instant(request.to)),
    name(request.name),
    spki(request.publicKey),
    explicit(3, sequence(...extensions(request))),
  )
  return sequence(body, ECDSA_SHA256, bits(sign('sha256', body, request.issuerKey)))
}

export const toPem = (der: Uint8Array): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

const name = (common: string): Buffer =>
  sequence(set(sequence(ORGANIZATION, utf8('Quartier'))), set(sequence(COMMON_NAME, utf8(common))))

function extensions({ purpose, publicKey, issuerPublicKey, hosts = [] }: CertificateRequest): Buffer[] {
  const isAuthority = purpose === 'authority'
  const list = [
    extension('2.5.29.19', isAuthority ? sequence(boolean(true), integer(Buffer.from([0]))) : sequence(), true),
    extension('2.5.29.15', KEY_USAGE[purpose], true),
    extension('2.5.29.14', octets(keyId(publicKey))),
    extension('2.5.29.35', sequence(implicit(0, keyId(issuerPublicKey)))),
  ]
  if (!isAuthority) list.push(extension('2.5.29.37', sequence(purpose === 'server' ? SERVER_AUTH : CLIENT_AUTH)))
  if (hosts.length > 0) list.push(extension('2.5.29.17', sequence(...hosts.map(host))))
  return list
}

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value))

const keyId = (key: KeyObject): Buffer => createHash('sha256').update(spki(key)).digest().subarray(0, 20)

const host = (text: string): Buffer => {
  if (isIP(text) === 4) return implicit(7, Buffer.from(text.split('.').map(Number)))
  if (isIP(text) === 6) return implicit(7, ipv6(text))
  return implicit(2, Buffer.from(text, 'latin1'))
}

function ipv6(text: string): Buffer {
  const [before = '', after] = text.split('::')
  const words = (half: string) => (half === '' ? [] : half.split(':').map((w) => Number.parseInt(w, 16)))
  const front = words(before)
  const back = after === undefined ? [] : words(after)
  const gap = new Array<number>(8 - front.length - back.length).fill(0)
  return Buffer.from([...front, ...gap, ...back].flatMap((w) => [w >> 8, w & 255]))
}
