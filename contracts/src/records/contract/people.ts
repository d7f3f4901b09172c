import { expect, it } from 'vitest'
import { SESSION_LIMITS } from '../users.ts'
import { person, type RecordsPlace } from './fixture.ts'

const PASSWORD = 'a crane over the quay'
const NOW = 1_700_000_000_000

export function peopleContract(place: RecordsPlace): void {
  const loggedIn = async () => {
    const { users } = place.records
    await users.put(person(), PASSWORD)
    return (await users.login('amal', PASSWORD, NOW))!
  }

  it('logs a person in with the right password and no other', async () => {
    const { session, token } = await loggedIn()
    const { users } = place.records
    expect(session.user).toEqual(person())
    expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(16)
    expect(await users.login('amal', 'a crane over the key', NOW)).toBeUndefined()
    expect(await users.login('omar', PASSWORD, NOW)).toBeUndefined()
    expect(await users.login('amal', '', NOW)).toBeUndefined()
  })

  it('finds a session by its token, with the same CSRF token each time, and not after the logout', async () => {
    const { users } = place.records
    const { token, session } = await loggedIn()
    expect(await users.session(token, NOW + 1000)).toEqual(session)
    expect(await users.session(`${token}x`, NOW)).toBeUndefined()
    await users.logout(token)
    expect(await users.session(token, NOW + 1000)).toBeUndefined()
  })

  it('gives every session tokens of its own', async () => {
    const first = await loggedIn()
    const second = (await place.records.users.login('amal', PASSWORD, NOW))!
    expect(second.token).not.toBe(first.token)
    expect(second.session.csrfToken).not.toBe(first.session.csrfToken)
  })

  it('ends a session that was idle for too long, and keeps one that is used', async () => {
    const { users } = place.records
    const { token } = await loggedIn()
    const almost = SESSION_LIMITS.idleMs - 1
    expect(await users.session(token, NOW + almost)).toBeDefined()
    expect(await users.session(token, NOW + 2 * almost)).toBeDefined()
    expect(await users.session(token, NOW + 2 * almost + SESSION_LIMITS.idleMs)).toBeUndefined()
  })

  it('ends a session after its longest time however much it is used', async () => {
    const { users } = place.records
    const { token } = await loggedIn()
    const step = SESSION_LIMITS.idleMs / 2
    for (let t = step; t < SESSION_LIMITS.absoluteMs; t += step) {
      const session = await users.session(token, NOW + t)
      expect(session?.expiresAt).toBeLessThanOrEqual(NOW + SESSION_LIMITS.absoluteMs)
    }
    expect(await users.session(token, NOW + SESSION_LIMITS.absoluteMs)).toBeUndefined()
  })

  it('shows changed rights in sessions that are open', async () => {
    const { users } = place.records
    const { token } = await loggedIn()
    await users.put(person({ role: 'viewer', zones: [] }))
    expect((await users.session(token, NOW + 1))?.user).toMatchObject({ role: 'viewer', zones: [] })
  })

  it('ends the sessions of a person who is disabled, and those under an old password', async () => {
    const { users } = place.records
    const { token } = await loggedIn()
    await users.put(person({ enabled: false }))
    expect(await users.session(token, NOW + 1)).toBeUndefined()
    expect(await users.login('amal', PASSWORD, NOW)).toBeUndefined()
    await users.put(person())
    const again = (await users.login('amal', PASSWORD, NOW))!
    await users.put(person(), 'another password')
    expect(await users.session(again.token, NOW + 1)).toBeUndefined()
    expect(await users.login('amal', PASSWORD, NOW)).toBeUndefined()
    expect(await users.login('amal', 'another password', NOW)).toBeDefined()
  })

  it('takes one password however the keyboard composed its letters', async () => {
    const { users } = place.records
    await users.put(person(), 'Zu\u0308rich am See')
    expect(await users.login('amal', 'Z\u00fcrich am See', NOW)).toBeDefined()
  })

  it('refuses short passwords and persons that make no sense', async () => {
    const { users } = place.records
    await expect(users.put(person(), 'short')).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
    await expect(users.put(person({ name: 'a b' }), PASSWORD)).rejects.toMatchObject({ code: 'RECORDS_INVALID' })
    expect(await users.count()).toBe(0)
  })

  it('keeps a person without a password from logging in', async () => {
    const { users } = place.records
    await users.put(person())
    expect(await users.login('amal', '', NOW)).toBeUndefined()
    expect(await users.list()).toEqual([person()])
    expect(await users.count()).toBe(1)
  })
}
