/**
 * Slows down guessing. After three failures for a name or from an address every further try must wait: 1 s, 2 s, 4 s…
 * up to the cap; a try that comes too early is refused without looking at the password. Success clears the name.
 * A name's cap is short, so that nobody can be locked out by a stranger for long.
 */
export class LoginThrottle {
  readonly #now: () => number
  readonly #names = new Map<string, Failures>()
  readonly #addresses = new Map<string, Failures>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds that this try must still wait; 0 when it may go ahead. */
  waitMs(name: string, address: string): number {
    const now = this.#now()
    return Math.max(0, (this.#names.get(name)?.until ?? 0) - now, (this.#addresses.get(address)?.until ?? 0) - now)
  }

  failed(name: string, address: string): void {
    this.#count(this.#names, name, NAME_CAP_MS)
    this.#count(this.#addresses, address, ADDRESS_CAP_MS)
  }

  /** Forgets the name's failures, and one of the address's: its owner may still be guessing other names. */
  succeeded(name: string, address: string): void {
    this.#names.delete(name)
    const before = this.#addresses.get(address)
    if (before) this.#addresses.set(address, { ...before, count: before.count - 1, until: 0 })
  }

  #count(all: Map<string, Failures>, key: string, capMs: number): void {
    const now = this.#now()
    const before = all.get(key)
    const count = before && now - before.lastAt < FORGET_MS ? before.count + 1 : 1
    const delayMs = count <= FREE ? 0 : Math.min(capMs, 1000 * 2 ** (count - FREE - 1))
    all.delete(key)
    all.set(key, { count, lastAt: now, until: now + delayMs })
    if (all.size > REMEMBERED) all.delete(all.keys().next().value as string)
  }
}

interface Failures {
  readonly count: number
  readonly lastAt: number
  readonly until: number
}

const FREE = 3
const NAME_CAP_MS = 30_000
const ADDRESS_CAP_MS = 15 * 60_000
const FORGET_MS = 60 * 60_000
/** Names and addresses kept; the one that failed longest ago goes first. */
const REMEMBERED = 10_000
