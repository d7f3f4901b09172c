import type { LoginSession, Records, User } from '@quartier/contracts/records'
import { Problem } from '../http/problem.ts'
import { LoginThrottle } from './login-throttle.ts'
import { type Scope, scopeOf } from './scope.ts'

export const SESSION_COOKIE = 'quartier_session'

/** Whoever is signed in. */
export interface Person {
  readonly user: User
  readonly scope: Scope
  readonly session: LoginSession
  readonly token: string
}

/** Signing in and out, and who a token belongs to. `now` is real time: people do not live on a simulated clock. */
export class Sessions {
  readonly #records: Records
  readonly #now: () => number
  readonly #throttle: LoginThrottle
  #checking = 0

  constructor(deps: { records: Records; now: () => number }) {
    this.#records = deps.records
    this.#now = deps.now
    this.#throttle = new LoginThrottle(deps.now)
  }

  /** @throws Problem 401 LOGIN_REFUSED, 429 TOO_MANY_TRIES, 429 BUSY */
  async login(name: string, password: string, address: string): Promise<Person> {
    const known = name.toLowerCase()
    const waitMs = this.#throttle.waitMs(known, address)
    if (waitMs > 0) throw tooMany('TOO_MANY_TRIES', 'Too many failed tries. Wait before the next one.', waitMs)
    // A password costs tens of milliseconds of CPU by design: a crowd of them waits outside.
    if (this.#checking >= MOST_AT_ONCE) throw tooMany('BUSY', 'Many people are signing in. Try again.', 1000)
    this.#checking++
    try {
      // Counted before it is checked, so that tries sent side by side do not all get the free ones.
      this.#throttle.failed(known, address)
      const found = await this.#records.users.login(name, password, this.#now())
      if (!found) throw new Problem(401, 'LOGIN_REFUSED', 'The name or the password is wrong.')
      this.#throttle.succeeded(known, address)
      return person(found.session, found.token)
    } finally {
      this.#checking--
    }
  }

  /** The person with this session token, if it is a living one. */
  async find(token: string | undefined): Promise<Person | undefined> {
    if (!token) return undefined
    const session = await this.#records.users.session(token, this.#now())
    return session?.user.enabled ? person(session, token) : undefined
  }

  logout(token: string): Promise<void> {
    return this.#records.users.logout(token)
  }
}

const MOST_AT_ONCE = 8

const person = (session: LoginSession, token: string): Person => ({
  user: session.user,
  scope: scopeOf(session.user),
  session,
  token,
})

const tooMany = (code: string, message: string, waitMs: number): Problem =>
  new Problem(429, code, message, { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } })

/** The session token in a Cookie header. */
export function tokenIn(cookies: string | undefined): string | undefined {
  for (const part of (cookies ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === SESSION_COOKIE && value) return value
  }
  return undefined
}
