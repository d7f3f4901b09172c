import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Principal, PrincipalStore } from '@quartier/contracts/records'
import { Access, ANONYMOUS } from './access.ts'
import type { Limits } from './config.ts'

interface Known {
  /** Keyed digest of the secret that was right: the secret itself is not kept. */
  readonly digest: Buffer
  readonly expiresAt: number
  readonly access: Access
}

/** Answers who somebody is. Repeated logins within the cache's time cost a digest, so a reconnect storm is cheap. */
export class Principals {
  readonly anonymous: Access | undefined
  readonly #store: PrincipalStore
  readonly #limits: Limits
  readonly #cacheMs: number
  readonly #key = randomBytes(32)
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Promise<Access | undefined>>()

  constructor(store: PrincipalStore, limits: Limits, options: { cacheMs: number; allowAnonymous: boolean }) {
    this.#store = store
    this.#limits = limits
    this.#cacheMs = options.cacheMs
    this.anonymous = options.allowAnonymous ? new Access(ANONYMOUS, limits) : undefined
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

  /** The access of a principal by name alone, for what it left behind: a will after a restart. */
  async byName(name: string): Promise<Access | undefined> {
    if (name === ANONYMOUS.name && this.anonymous) return this.anonymous
    const known = this.#known.get(name)
    if (known) return known.access
    const principal = await this.#store.find(name)
    return principal?.enabled ? new Access(principal, this.#limits) : undefined
  }

  /**
   * Looks a connected principal up again. Returns the access that holds from now on: the same one when nothing has
   * changed, `undefined` when the principal is gone or disabled.
   */
  async refresh(access: Access, now: number): Promise<Access | undefined> {
    if (access === this.anonymous) return access
    const { name } = access.principal
    const principal = await this.#store.find(name)
    const known = this.#known.get(name)
    if (!principal?.enabled) {
      this.#known.delete(name)
      return undefined
    }
    const current = known?.access ?? access
    if (isSame(principal, current.principal)) return current
    const changed = new Access(principal, this.#limits)
    if (known) this.#known.set(name, { digest: known.digest, expiresAt: now + this.#cacheMs, access: changed })
    return changed
  }

  async #ask(name: string, secret: Uint8Array, digest: Buffer, now: number): Promise<Access | undefined> {
    const principal = await this.#store.authenticate(name, secret)
    if (!principal) return undefined
    const before = this.#known.get(name)?.access
    const access = before && isSame(before.principal, principal) ? before : new Access(principal, this.#limits)
    if (this.#known.size >= 100_000) this.#known.clear()
    this.#known.set(name, { digest, expiresAt: now + this.#cacheMs, access })
    return access
  }

  #digest(secret: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(secret).digest()
  }
}

const isSame = (a: Principal, b: Principal): boolean => JSON.stringify(a) === JSON.stringify(b)
