import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  X509Certificate,
} from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { QuartierError } from '../errors.ts'
import { certificate, toPem } from './certificate.ts'

/** A certificate and its private key, PEM. */
export interface Issued {
  readonly certificate: string
  readonly key: string
  /** SHA-256 of the certificate, hex: by it the records know the certificate. */
  readonly fingerprint: string
  /** Hex. */
  readonly serial: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** A small certificate authority: one key that lies in one folder, and signs servers and devices. */
export interface Authority {
  readonly name: string
  /** Its own certificate, PEM: whoever shall believe it gets this. */
  readonly certificate: string
  issue(request: IssueRequest): Issued
}

export interface IssueRequest {
  readonly purpose: 'server' | 'device'
  /** Of the principal, or the first host of the server. */
  readonly name: string
  readonly hosts?: readonly string[]
  readonly now: number
  readonly validMs: number
}

const DAY_MS = 86_400_000
const AUTHORITY_MS = 10 * 365 * DAY_MS
/** Clocks of devices are behind. */
const BACKDATED_MS = DAY_MS

export const AUTHORITY_FILES = { certificate: 'authority.crt', key: 'authority.key' } as const

/** The authority in a folder; a new one when it is empty. The key is readable by its owner alone. */
export function openAuthority(folder: string, now: number): Authority {
  const files = { certificate: join(folder, AUTHORITY_FILES.certificate), key: join(folder, AUTHORITY_FILES.key) }
  if (!existsSync(files.certificate)) found(folder, files, now)
  const pem = readFileSync(files.certificate, 'utf8')
  let key: KeyObject
  try {
    key = createPrivateKey(readFileSync(files.key))
  } catch (cause) {
    throw new QuartierError('AUTHORITY_KEY', `read the key of the certificate authority, ${files.key}`, { cause })
  }
  const own = new X509Certificate(pem)
  if (!own.checkPrivateKey(key))
    throw new QuartierError('AUTHORITY_KEY', `the key ${files.key} is not that of ${files.certificate}`)
  const name = commonName(own)
  const issuerPublicKey = createPublicKey(key)
  return {
    name,
    certificate: pem,
    issue({ purpose, name: subject, hosts, now: at, validMs }) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const from = at - BACKDATED_MS
      const to = Math.min(at + validMs, Date.parse(own.validTo))
      const der = certificate({
        purpose,
        name: subject,
        issuer: name,
        issuerKey: key,
        issuerPublicKey,
        publicKey: pair.publicKey,
        hosts,
        from,
        to,
      })
      return {
        certificate: toPem(der),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        fingerprint: fingerprintOf(der),
        serial: new X509Certificate(der).serialNumber.toLowerCase(),
        issuedAt: at,
        expiresAt: to,
      }
    },
  }
}

/** SHA-256 of a certificate (DER), hex. */
export const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex')

/** The common name of a certificate's subject, or ''. */
export const commonName = (of: Pick<X509Certificate, 'subject'>): string =>
  /^CN=(.*)$/m.exec(of.subject ?? '')?.[1]?.replace(/\\(.)/g, '$1') ?? ''

/** Several processes may begin at once: the first key that is there is the one, and so for the certificate. */
function found(folder: string, files: { certificate: string; key: string }, now: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const made = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  writeOnce(files.key, made.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600)
  const issuerKey = createPrivateKey(readFileSync(files.key))
  const publicKey = createPublicKey(issuerKey)
  const name = `Quartier devices ${fingerprintOf(publicKey.export({ type: 'spki', format: 'der' })).slice(0, 8)}`
  const own = { purpose: 'authority', name, issuer: name, issuerKey, issuerPublicKey: publicKey, publicKey } as const
  const der = certificate({ ...own, from: now - BACKDATED_MS, to: now + AUTHORITY_MS })
  writeOnce(files.certificate, toPem(der), 0o644)
}

/** Writes a whole file, unless there is one already. */
export function writeOnce(path: string, text: string | Uint8Array, mode: number): void {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, text, { mode, flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
