/** Lets `perSecond` things pass in the long run and `burst` at once. Times are monotonic milliseconds. */
export class TokenBucket {
  #tokens: number
  #at: number
  readonly #perSecond: number
  readonly #burst: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Takes `n` tokens if there are that many. */
  take(n: number, now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000)
    this.#at = now
    if (this.#tokens < n) return false
    this.#tokens -= n
    return true
  }
}

interface Counted {
  since: number
  n: number
  bannedUntil: number
}

const MINUTE = 60_000

/** Bans a key for a while when it is counted more than `limit` times in a minute. */
export class FlapGuard {
  bans = 0
  readonly #counted = new Map<string, Counted>()
  readonly #limit: number
  readonly #banMs: number

  constructor(limit: number, banMs: number) {
    this.#limit = limit
    this.#banMs = banMs
  }

  isBanned(key: string, now: number): boolean {
    return (this.#counted.get(key)?.bannedUntil ?? 0) > now
  }

  count(key: string, now: number): void {
    if (this.#counted.size > 50_000) this.#forget(now)
    const before = this.#counted.get(key)
    const bannedUntil = before?.bannedUntil ?? 0
    const c = before && now - before.since <= MINUTE ? before : { since: now, n: 0, bannedUntil }
    this.#counted.set(key, c)
    if (++c.n <= this.#limit || c.bannedUntil > now) return
    c.bannedUntil = now + this.#banMs
    this.bans++
  }

  #forget(now: number): void {
    for (const [key, c] of this.#counted) if (now - c.since > MINUTE && c.bannedUntil <= now) this.#counted.delete(key)
    if (this.#counted.size > 50_000) this.#counted.clear()
  }
}
