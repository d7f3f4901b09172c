import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Principal, PrincipalStanding, PrincipalStore } from '@quartier/contracts/records'
import { Access, ANONYMOUS } from './access.ts'
import type { Limits } from './config.ts'
import { Shares } from './share.ts'

interface Known {
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
export type Ended = 'disabled' | 'secret-changed'

/** Principals that are looked up in one query. */
const AT_ONCE = 250

/** Answers who somebody is. Repeated logins within the cache's time cost a digest, so a reconnect storm is cheap. */
export class Principals {
  readonly anonymous: Access | undefined
  readonly shares: Shares
  readonly #store: PrincipalStore
  readonly #limits: Limits
  readonly #cacheMs: number
  readonly #key = randomBytes(32)
  readonly #known = new Map<string, Known>()
  /** Those who are not here but have left something behind; their limits go on. */
  readonly #behind = new Map<string, Access>()
  readonly #asking = new Map<string, Promise<Access | undefined>>()

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
    const { name } = access.principal
    const known = this.#known.get(name)
    if (!standing?.principal.enabled) {
      this.#known.delete(name)
      return 'disabled'
    }
    const { principal, secretVersion } = standing
    if (known && known.access.secretVersion !== secretVersion) this.#known.delete(name)
    if (access.secretVersion !== secretVersion) return 'secret-changed'
    const current = this.#known.get(name)?.access ?? access
    if (isSame(principal, current.principal)) return current
    const changed = new Access(principal, this.#limits, this.shares, secretVersion)
    if (known) this.#known.set(name, { digest: known.digest, expiresAt: now + this.#cacheMs, access: changed })
    return changed
  }

  async #ask(name: string, secret: Uint8Array, digest: Buffer, now: number): Promise<Access | undefined> {
    // The version first: should the secret change in between, the connection ends once more than it must.
    const [standing] = await this.#store.standings([name])
    const principal = await this.#store.authenticate(name, secret)
    if (!principal || !standing) return undefined
    const { secretVersion } = standing
    const before = this.#known.get(name)?.access
    const isKnown = before?.secretVersion === secretVersion && isSame(before.principal, principal)
    const access = isKnown ? before : new Access(principal, this.#limits, this.shares, secretVersion)
    if (this.#known.size >= 100_000) this.#known.clear()
    this.#known.set(name, { digest, expiresAt: now + this.#cacheMs, access })
    return access
  }

  #digest(secret: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(secret).digest()
  }
}

const isSame = (a: Principal, b: Principal): boolean => JSON.stringify(a) === JSON.stringify(b)
