import { createHash, randomBytes } from 'node:crypto'
import type { Authority } from '../authority/authority.ts'
import { QuartierError } from '../errors.ts'
import type { Credential, Records } from '../records/port.ts'
import { type CredentialKind, type DeviceRequest, principalFrom } from './requests.ts'

/** What a device needs in order to get in; handed out once. */
export interface HandedOut {
  readonly name: string
  readonly credential: CredentialKind
  /** Password or token. */
  readonly secret?: string
  /** PEM. */
  readonly certificate?: string
  readonly key?: string
  readonly expiresAt?: number
}

export interface Issuer {
  readonly principals: Records['principals']
  /** Asked for only when somebody is to have a certificate. */
  readonly authority: () => Authority
  readonly now: number
  /** How long certificates and tokens hold, ms. */
  readonly validMs: number
}

/** Tokens begin so, so that they are told from passwords at sight. */
export const TOKEN_PREFIX = 'qt_'
export const tokenId = (token: Uint8Array): string => createHash('sha256').update(token).digest('hex')

/**
 * Lets devices in, all or none.
 * @throws QuartierError DEVICES_INVALID when one of them is there already; RECORDS_INVALID
 */
export async function letIn(issuer: Issuer, requests: readonly DeviceRequest[]): Promise<readonly HandedOut[]> {
  const principals = requests.map(principalFrom)
  const there = await existing(
    issuer,
    principals.map((p) => p.name),
  )
  if (there.length > 0) {
    const some = there.slice(0, 10).join(', ')
    const more = there.length > 10 ? ` and ${there.length - 10} more` : ''
    throw new QuartierError(
      'DEVICES_INVALID',
      `Registered already: ${some}${more}. \`device rotate\` gives new credentials.`,
    )
  }
  const made = requests.map((r) => make(issuer, r.name, r.credential))
  const secrets = await issuer.principals.putAll(
    principals,
    made.flatMap((m) => m.recorded ?? []),
  )
  return made.map(({ out }, i) => (out.credential === 'password' ? { ...out, secret: secrets[i] } : out))
}

/**
 * New credentials for somebody who is registered. The old ones are worth nothing from then on, and end the connections
 * that came in by them; with `keepOld` certificates and tokens hold on until they are revoked.
 */
export async function rotate(
  issuer: Issuer,
  name: string,
  options: { readonly credential?: CredentialKind; readonly keepOld?: boolean } = {},
): Promise<HandedOut> {
  const { principals, now } = issuer
  const principal = await principals.find(name)
  if (!principal) throw new QuartierError('DEVICES_INVALID', `Nobody is called ${name}.`)
  const held = (await principals.credentials(name)).filter((c) => c.revokedAt === null)
  const kind = options.credential ?? held[0]?.kind ?? 'password'
  const { out, recorded } = make(issuer, name, kind)
  if (kind === 'password') {
    const secret = await principals.put(principal)
    if (!options.keepOld) await principals.revoke(name, { at: now, reason: 'rotated' })
    return { ...out, secret }
  }
  await principals.addCredentials(recorded ? [recorded] : [])
  if (!options.keepOld)
    await principals.revoke(name, { at: now, reason: 'rotated', except: recorded ? [recorded.id] : [], reset: true })
  return out
}

async function existing(issuer: Issuer, names: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (let from = 0; from < names.length; from += 500)
    for (const s of await issuer.principals.standings(names.slice(from, from + 500))) found.push(s.principal.name)
  return found.sort()
}

function make(issuer: Issuer, name: string, kind: CredentialKind): { out: HandedOut; recorded?: Credential } {
  const { now, validMs } = issuer
  const common = { kind: 'token', principal: name, serial: '', issuedAt: now, revokedAt: null, reason: '' } as const
  if (kind === 'token') {
    const secret = TOKEN_PREFIX + randomBytes(24).toString('base64url')
    const expiresAt = now + validMs
    const recorded = { ...common, id: tokenId(Buffer.from(secret)), expiresAt }
    return { out: { name, credential: kind, secret, expiresAt }, recorded }
  }
  if (kind === 'certificate') {
    const { certificate, key, fingerprint, serial, expiresAt } = issuer
      .authority()
      .issue({ purpose: 'device', name, now, validMs })
    const recorded = { ...common, kind, id: fingerprint, serial, expiresAt }
    return { out: { name, credential: kind, certificate, key, expiresAt }, recorded }
  }
  return { out: { name, credential: kind } }
}
