import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { commonName, fingerprintOf } from '@quartier/contracts/authority'

/** A certificate that a client has shown and has the key of. */
export interface Peer {
  /** Common name. */
  readonly name: string
  readonly fingerprint: string
  readonly serial: string
  /** Common name of who signed it. */
  readonly issuer: string
  readonly expiresAt: number
  /** Why it is worth nothing: a code of OpenSSL such as CERT_HAS_EXPIRED. */
  readonly problem: string | undefined
}

const REMEMBERED = 50_000

/** Reads the certificates of clients; what stands in one is read once, since printing it costs more than its hash. */
export class Peers {
  readonly #known = new Map<string, Omit<Peer, 'problem'>>()

  /** The certificate of the other side; undefined when it has shown none. */
  of(socket: TLSSocket): Peer | undefined {
    const certificate = socket.getPeerX509Certificate()
    if (!certificate) return undefined
    const fingerprint = fingerprintOf(certificate.raw)
    const said = this.#known.get(fingerprint) ?? this.#read(certificate, fingerprint)
    const problem = socket.authorized ? undefined : String(socket.authorizationError)
    // A session that is resumed is not looked at again by OpenSSL.
    return { ...said, problem: problem ?? (said.expiresAt <= Date.now() ? 'CERT_HAS_EXPIRED' : undefined) }
  }

  #read(certificate: X509Certificate, fingerprint: string): Omit<Peer, 'problem'> {
    const said = {
      name: commonName(certificate),
      fingerprint,
      serial: certificate.serialNumber.toLowerCase(),
      issuer: commonName({ subject: certificate.issuer }),
      expiresAt: Date.parse(certificate.validTo),
    }
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(fingerprint, said)
    return said
  }
}

/** What is wrong with a certificate, as a word for programs and a sentence for people. */
export function refusalOf(peer: Peer): { readonly event: string; readonly detail: string } {
  const { serial, issuer, expiresAt, problem } = peer
  const date = Number.isNaN(expiresAt)
    ? 'an unknown date'
    : new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ')
  switch (problem) {
    case 'CERT_HAS_EXPIRED':
      return { event: 'certificate-expired', detail: `its certificate ${serial} was valid until ${date} UTC` }
    case 'CERT_NOT_YET_VALID':
      return { event: 'certificate-not-yet-valid', detail: `its certificate ${serial} is not valid yet` }
    case 'CERT_REVOKED':
      return {
        event: 'certificate-revoked',
        detail: `its certificate ${serial} is on the list of revoked ones of ${issuer}`,
      }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return {
        event: 'certificate-foreign',
        detail: `its certificate ${serial} was signed by ${issuer || 'somebody'}, whom this gateway does not believe`,
      }
    default:
      return { event: 'certificate-invalid', detail: `its certificate ${serial} is not valid: ${problem}` }
  }
}
