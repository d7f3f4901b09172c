import { TOKEN_PREFIX, tokenId } from '@quartier/contracts/devices'
import type { Access } from './access.ts'
import type { Principals, Unfit } from './principals.ts'
import { type Peer, refusalOf } from './tls/peer.ts'
import type { Connect } from './wire/connect.ts'
import { BAD_CREDENTIALS, NOT_AUTHORISED } from './wire/packets.ts'

/** How a client came to the door. */
export interface Arrival {
  /** Through TLS; what it has shown there. */
  readonly secure: boolean
  readonly peer: Peer | undefined
}

export interface DoorRules {
  /** Through TLS nobody gets in without a certificate. */
  readonly needsCertificate: boolean
  /** A certificate of another authority stands for the principal of its name. */
  readonly trustsNames: boolean
  /** Common name of the built-in authority. */
  readonly builtIn: string
}

/** Why somebody is not let in: the code of CONNACK, and what the device log says. */
export interface Refusal {
  readonly code: number
  readonly device: string
  readonly event: string
  readonly detail: string
}

/** Who a client is: by its certificate if it has shown one, else by its token or secret. */
export async function identify(
  principals: Principals,
  rules: DoorRules,
  { secure, peer }: Arrival,
  connect: Connect,
  now: number,
): Promise<Access | Refusal> {
  if (peer) return await byCertificate(principals, rules, peer, connect.username, now)
  if (secure && rules.needsCertificate) {
    const detail = 'it has shown no certificate, and nobody gets in here without'
    return { code: NOT_AUTHORISED, device: connect.username ?? '', event: 'certificate-missing', detail }
  }
  const { username, password = Buffer.alloc(0) } = connect
  // Nobody is anonymous who may come from another machine.
  if (username === undefined) return (secure ? undefined : principals.anonymous) ?? NAMELESS
  const token = tokenIn(username, password)
  const refused = token && (await byToken(principals, token, username, now))
  // A password may happen to begin as tokens do.
  if (refused && (!('code' in refused) || refused.event !== 'token-unknown')) return refused
  return (
    principals.remembered(username, password, now) ??
    (await principals.authenticate(username, password, now)) ??
    refused ??
    (await explain(principals, username))
  )
}

const NAMELESS: Refusal = {
  code: NOT_AUTHORISED,
  device: '',
  event: 'name-missing',
  detail: 'it gave neither a name nor a certificate',
}

async function byCertificate(
  principals: Principals,
  rules: DoorRules,
  peer: Peer,
  username: string | undefined,
  now: number,
): Promise<Access | Refusal> {
  const refuse = (event: string, detail: string): Refusal => ({
    code: NOT_AUTHORISED,
    device: peer.name,
    event,
    detail,
  })
  if (peer.problem !== undefined) {
    const { event, detail } = refusalOf(peer)
    return refuse(event, detail)
  }
  let found = await principals.certified(peer.fingerprint, now)
  if (isUnfit(found) && found.why === 'unknown' && rules.trustsNames && peer.issuer !== rules.builtIn)
    found = await principals.named(peer.name, peer.fingerprint, peer.expiresAt, now)
  if (isUnfit(found)) return refuse(`certificate-${found.why}`, `its certificate ${peer.serial} ${sentence(found)}`)
  const { name } = found.principal
  if (username !== undefined && username !== name)
    return refuse('name-differs', `its certificate is that of ${name}, and it calls itself ${username}`)
  return found
}

async function byToken(
  principals: Principals,
  token: Buffer,
  username: string,
  now: number,
): Promise<Access | Refusal> {
  const found = await principals.certified(tokenId(token), now)
  const named = username.startsWith(TOKEN_PREFIX) ? undefined : username
  const device = named ?? (isUnfit(found) ? found.credential?.principal : found.principal.name) ?? ''
  const refuse = (event: string, detail: string): Refusal => ({ code: BAD_CREDENTIALS, device, event, detail })
  if (isUnfit(found)) return refuse(`token-${found.why}`, `its token ${sentence(found)}`)
  if (named !== undefined && named !== found.principal.name)
    return refuse('name-differs', `its token is that of ${found.principal.name}`)
  return found
}

/** A token stands where the password does, or alone in place of the name. */
function tokenIn(username: string, password: Buffer): Buffer | undefined {
  if (password.length > 0)
    return password.toString('latin1', 0, TOKEN_PREFIX.length) === TOKEN_PREFIX ? password : undefined
  return username.startsWith(TOKEN_PREFIX) ? Buffer.from(username) : undefined
}

async function explain(principals: Principals, device: string): Promise<Refusal> {
  const isKnown = await principals.exists(device)
  const [event, detail] = isKnown
    ? ['secret-wrong', 'its password is not the right one, or it is disabled']
    : ['name-unknown', 'nobody of this name is registered']
  return { code: BAD_CREDENTIALS, device, event: event as string, detail: detail as string }
}

function sentence({ why, credential }: Unfit): string {
  switch (why) {
    case 'revoked': {
      const day = new Date(credential?.revokedAt ?? 0).toISOString().slice(0, 16).replace('T', ' ')
      return `was revoked on ${day} UTC${credential?.reason ? `: ${credential.reason}` : ''}`
    }
    case 'expired':
      return `was valid until ${new Date(credential?.expiresAt ?? 0).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    case 'disabled':
      return 'is that of a device which is disabled'
    case 'removed':
      return 'is that of a device which is not registered any more'
    default:
      return 'is none that was handed out here'
  }
}

export const isUnfit = (found: Access | Unfit): found is Unfit => 'why' in found
