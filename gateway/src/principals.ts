import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Credential, Principal, PrincipalStanding, PrincipalStore } from '@quartier/contracts/records'
import { Access, ANONYMOUS } from './access.ts'
import type { Limits } from './config.ts'
import { Shares } from './share.ts'

interface Remembered {
  /** Keyed digest of the secret that was right: the secret itself is not kept. */
  readonly digest: Buffer
  readonly expiresAt: number
  readonly access: Access
}

const BEHIND = 10_000

/** A principal of whom nothing is known any more: its payloads might be personal. */
const NOBODY: Omit<Principal, 'name'> = {
  source: '',
  kind: 'device',
  publish: [],
  subscribe: [],
  devices: [],
  personal: true,
  historical: false,
  enabled: false,
}

/** Why the connections of a principal must end. */
export type Ended = 'disabled' | 'secret-changed' | 'revoked' | 'expired'

/** Why a certificate or token lets nobody in. */
export interface Unfit {
  readonly why: 'unknown' | 'revoked' | 'expired' | 'disabled' | 'removed'
  readonly credential?: Credential
}

/** Principals that are looked up in one query. */
const AT_ONCE = 250
/** Logins that are remembered. */
const REMEMBERED = 100_000
/** By the name in a certificate of an authority whose names are trusted. */
const BY_NAME = 'name'

/** Answers who somebody is. Repeated logins within the cache's time cost a digest, so a reconnect storm is cheap. */
export class Principals {
  readonly anonymous: Access | undefined
  readonly shares: Shares
  readonly #store: PrincipalStore
  readonly #limits: Limits
  readonly #cacheMs: number
  readonly #key = randomBytes(32)
  readonly #known = new Map<string, Remembered>()
  /** By the id of a certificate or token. */
  readonly #certified = new Map<string, { readonly access: Access; readonly expiresAt: number }>()
  /** Those who are not here but have left something behind; their limits go on. */
  readonly #behind = new Map<string, Access>()
  readonly #asking = new Map<string, Promise<Access | undefined>>()
  /** Counts the times that something was forgotten: an answer from before is not remembered. */
  #epoch = 0

  constructor(store: PrincipalStore, limits: Limits, options: { cacheMs: number; allowAnonymous: boolean }) {
    this.#store = store
    this.#limits = limits
    this.#cacheMs = options.cacheMs
    this.shares = new Shares(limits)
    this.anonymous = options.allowAnonymous ? new Access(ANONYMOUS, limits, this.shares) : undefined
  }

  /** The access of a name and secret that were right lately; `undefined` means: ask. */
  remembered(name: string, secret: Uint8Array, now: number): Access | undefined {
    const known = this.#known.get(name)
    if (!known || known.expiresAt <= now) return undefined
    return timingSafeEqual(known.digest, this.#digest(secret)) ? known.access : undefined
  }

  /** Asks the store, once for all who ask the same at the same time. */
  authenticate(name: string, secret: Uint8Array, now: number): Promise<Access | undefined> {
    const digest = this.#digest(secret)
    const question = `${digest.toString('base64')} ${name}`
    const asked = this.#asking.get(question)
    if (asked) return asked
    const answer = this.#ask(name, secret, digest, now).finally(() => this.#asking.delete(question))
    this.#asking.set(question, answer)
    return answer
  }

  /** Whom a certificate or token lets in, by its id. */
  async certified(id: string, now: number): Promise<Access | Unfit> {
    const known = this.#certified.get(id)
    if (known && known.expiresAt > now && known.access.expiresAt > Date.now()) return known.access
    for (;;) {
      const epoch = this.#epoch
      const credential = await this.#store.credential(id)
      if (!credential) return { why: 'unknown' }
      const found = await this.#judgeCredential(credential)
      // Somebody was revoked while we asked: it may have been this one.
      if (epoch !== this.#epoch) continue
      if (!('why' in found)) this.#remember(id, found, now)
      return found
    }
  }

  /** Whom the name in a certificate lets in, of an authority whose names are trusted; until the certificate expires. */
  async named(name: string, fingerprint: string, until: number, now: number): Promise<Access | Unfit> {
    const known = this.#certified.get(fingerprint)
    if (known && known.expiresAt > now && known.access.expiresAt > Date.now()) return known.access
    const principal = await this.#store.find(name)
    if (!principal) return { why: 'removed' }
    if (!principal.enabled) return { why: 'disabled' }
    const access = new Access(principal, this.#limits, this.shares, { by: BY_NAME, until })
    this.#remember(fingerprint, access, now)
    return access
  }

  /** Whether there is somebody of that name, for those who must find out why a device does not get in. */
  async exists(name: string): Promise<boolean> {
    return (await this.#store.find(name)) !== undefined
  }

  /** Whose a message is that was left behind, as a will is. One who is gone or disabled may do nothing. */
  async behind(name: string): Promise<Access> {
    if (name === ANONYMOUS.name && this.anonymous) return this.anonymous
    const found = await this.#store.find(name)
    const principal = found?.enabled ? found : { ...NOBODY, ...found, name, publish: [] }
    const before = this.#known.get(name)?.access ?? this.#behind.get(name)
    if (before && isSame(before.principal, principal)) return before
    const access = new Access(principal, this.#limits, this.shares)
    if (this.#behind.size >= BEHIND) this.#behind.clear()
    this.#behind.set(name, access)
    return access
  }

  /** What was remembered of those who have changed is not believed any more. */
  forget(names: ReadonlySet<string> | 'all'): void {
    this.#epoch++
    for (const name of this.#known.keys()) if (names === 'all' || names.has(name)) this.#known.delete(name)
    for (const [id, { access }] of this.#certified)
      if (names === 'all' || names.has(access.principal.name)) this.#certified.delete(id)
  }

  /**
   * Looks up again who is connected, and tells for each what holds from now on: the same access when nothing has
   * changed, another one, or why its connections must end.
   */
  async refresh(connected: Iterable<Access>, now: number): Promise<Map<Access, Access | Ended>> {
    const current = new Map<Access, Access | Ended>()
    const asked = [...connected].filter((a) => a !== this.anonymous)
    for (let from = 0; from < asked.length; from += AT_ONCE) {
      const some = asked.slice(from, from + AT_ONCE)
      const standings = new Map<string, PrincipalStanding>()
      for (const s of await this.#store.standings([...new Set(some.map((a) => a.principal.name))]))
        standings.set(s.principal.name, s)
      for (const access of some) current.set(access, this.#judge(access, standings.get(access.principal.name), now))
      // The database may answer at once: others want to run as well.
      await new Promise((later) => setImmediate(later))
    }
    return current
  }

  #judge(access: Access, standing: PrincipalStanding | undefined, now: number): Access | Ended {
    const { principal: before, knownBy } = access
    const { name } = before
    const known = this.#known.get(name)
    if (!standing?.principal.enabled) {
      this.#known.delete(name)
      return 'disabled'
    }
    if (access.expiresAt <= Date.now()) return 'expired'
    const { principal, secretVersion, credentials } = standing
    if (known && known.access.knownBy !== secretVersion) this.#known.delete(name)
    const isByCredential = knownBy === BY_NAME || credentials.includes(knownBy)
    if (knownBy !== secretVersion && !isByCredential) return CREDENTIAL.test(knownBy) ? 'revoked' : 'secret-changed'
    const current = isByCredential ? access : (this.#known.get(name)?.access ?? access)
    if (isSame(principal, current.principal)) return current
    const by = { by: knownBy, until: access.expiresAt }
    const changed = new Access(principal, this.#limits, this.shares, by)
    if (isByCredential) this.#certified.delete(knownBy)
    else if (known) this.#known.set(name, { digest: known.digest, expiresAt: now + this.#cacheMs, access: changed })
    return changed
  }

  async #judgeCredential(credential: Credential): Promise<Access | Unfit> {
    const { id, principal: name, revokedAt, expiresAt } = credential
    if (revokedAt !== null) return { why: 'revoked', credential }
    if (expiresAt !== null && expiresAt <= Date.now()) return { why: 'expired', credential }
    const principal = await this.#store.find(name)
    if (!principal) return { why: 'removed', credential }
    if (!principal.enabled) return { why: 'disabled', credential }
    const before = this.#certified.get(id)?.access
    if (before && isSame(before.principal, principal)) return before
    return new Access(principal, this.#limits, this.shares, { by: id, until: expiresAt ?? undefined })
  }

  #remember(id: string, access: Access, now: number): void {
    if (this.#certified.size >= REMEMBERED) this.#certified.clear()
    this.#certified.set(id, { access, expiresAt: now + this.#cacheMs })
  }

  async #ask(name: string, secret: Uint8Array, digest: Buffer, now: number): Promise<Access | undefined> {
    const epoch = this.#epoch
    // The version first: should the secret change in between, the connection ends once more than it must.
    const [standing] = await this.#store.standings([name])
    const principal = await this.#store.authenticate(name, secret)
    if (!principal || !standing) return undefined
    const { secretVersion } = standing
    const before = this.#known.get(name)?.access
    const isKnown = before?.knownBy === secretVersion && isSame(before.principal, principal)
    const access = isKnown ? before : new Access(principal, this.#limits, this.shares, { by: secretVersion })
    if (epoch !== this.#epoch) return this.#ask(name, secret, digest, now)
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(name, { digest, expiresAt: now + this.#cacheMs, access })
    return access
  }

  #digest(secret: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(secret).digest()
  }
}

const CREDENTIAL = /^[0-9a-f]{64}$/

const isSame = (a: Principal, b: Principal): boolean => JSON.stringify(a) === JSON.stringify(b)
