import { createHmac, randomBytes, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { SecureContextOptions } from 'node:tls'
import { QuartierError } from '@quartier/contracts'
import { type Authority, commonName, openAuthority, writeOnce } from '@quartier/contracts/authority'
import type { TlsConfig } from './config.ts'

/** What the gateway shows to clients, and by whom theirs must be signed. */
export interface Material {
  readonly context: SecureContextOptions
  /** Subject of the built-in authority: what it has signed stands in the records, or was not signed by it. */
  readonly builtIn: string
  readonly expiresAt: number
}

const DAY_MS = 86_400_000
const SERVER_MS = 397 * DAY_MS
/** A certificate of ours is renewed when it has less than this left. */
const RENEW_MS = 30 * DAY_MS

/**
 * Reads certificates and keys, and makes what is missing, below `folder`.
 * @throws QuartierError CONFIG_INVALID for files that cannot be read or do not fit together
 */
export function readMaterial(config: TlsConfig, folder: string, now: number): Material {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const authority = openAuthority(folder, now)
  const [cert, key] =
    config.certFile && config.keyFile
      ? [read('certFile', config.certFile), read('keyFile', config.keyFile)]
      : ownCertificate(authority, namesOf(config), folder, now)
  const others = config.clientCaFile ? [read('clientCaFile', config.clientCaFile)] : []
  const crl = config.clientCrlFile ? read('clientCrlFile', config.clientCrlFile) : undefined
  let shown: X509Certificate
  try {
    shown = new X509Certificate(cert)
  } catch (cause) {
    throw new QuartierError('CONFIG_INVALID', `gateway.tls.certFile: ${config.certFile} holds no certificate`, {
      cause,
    })
  }
  return {
    context: { cert, key, ca: [authority.certificate, ...others], crl, minVersion: config.minVersion },
    builtIn: authority.name,
    expiresAt: Date.parse(shown.validTo),
  }
}

/**
 * Keys of session tickets, 48 bytes: the same in all gateways of a machine, others each day and with other authorities
 * or lists of revoked certificates, by which a resumed session is not judged again.
 */
export function ticketKeys(folder: string, { context }: Material, now: number): Buffer {
  const path = join(folder, 'tickets.key')
  if (!existsSync(path)) writeOnce(path, randomBytes(32), 0o600)
  const judgedBy = JSON.stringify([Math.floor(now / DAY_MS), context.ca, context.crl ?? ''])
  return createHmac('sha384', readFileSync(path)).update(judgedBy).digest()
}

/** Names that our own certificate is for. */
const namesOf = ({ names }: TlsConfig): string[] => [
  ...new Set([...names, hostname(), 'localhost', '127.0.0.1', '::1']),
]

function ownCertificate(authority: Authority, names: readonly string[], folder: string, now: number): [string, string] {
  const path = join(folder, 'server.pem')
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (kept !== '' && isGood(kept, authority, names, now)) return [kept, kept]
  const name = names[0] as string
  const made = authority.issue({ purpose: 'server', name, hosts: names, now, validMs: SERVER_MS })
  // Both in one file, so that several gateways that do this at once leave a pair that fits together.
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const both = made.certificate + made.key
  writeFileSync(draft, both, { mode: 0o600, flush: true })
  renameSync(draft, path)
  return [both, both]
}

function isGood(pem: string, authority: Authority, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(pem)
  const covered = names.every((n) => certificate.checkHost(n) ?? certificate.checkIP(n))
  const ours = certificate.verify(new X509Certificate(authority.certificate).publicKey)
  return covered && ours && Date.parse(certificate.validTo) - now > RENEW_MS && commonName(certificate) !== ''
}

function read(field: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new QuartierError('CONFIG_INVALID', `gateway.tls.${field}: ${(cause as Error).message}`, { cause })
  }
}
