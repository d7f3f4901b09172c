import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Principal, PrincipalStore } from '@quartier/contracts/records'
import { Access, ANONYMOUS } from './access.ts'
import type { Limits } from './config.ts'
import { TopicMemory } from './topics/topic-memory.ts'

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

/** Answers who somebody is. Repeated logins within the cache's time cost a digest, so a reconnect storm is cheap. */
export class Principals {
  readonly anonymous: Access | undefined
  readonly topicMemory: TopicMemory
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
    this.topicMemory = new TopicMemory(limits.topicMemory)
    this.anonymous = options.allowAnonymous ? new Access(ANONYMOUS, limits, this.topicMemory) : undefined
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
    const access = new Access(principal, this.#limits, this.topicMemory)
    if (this.#behind.size >= BEHIND) this.#behind.clear()
    this.#behind.set(name, access)
    return access
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
    const changed = new Access(principal, this.#limits, this.topicMemory)
    if (known) this.#known.set(name, { digest: known.digest, expiresAt: now + this.#cacheMs, access: changed })
    return changed
  }

  async #ask(name: string, secret: Uint8Array, digest: Buffer, now: number): Promise<Access | undefined> {
    const principal = await this.#store.authenticate(name, secret)
    if (!principal) return undefined
    const before = this.#known.get(name)?.access
    const access =
      before && isSame(before.principal, principal) ? before : new Access(principal, this.#limits, this.topicMemory)
    if (this.#known.size >= 100_000) this.#known.clear()
    this.#known.set(name, { digest, expiresAt: now + this.#cacheMs, access })
    return access
  }

  #digest(secret: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(secret).digest()
  }
}

const isSame = (a: Principal, b: Principal): boolean => JSON.stringify(a) === JSON.stringify(b)
