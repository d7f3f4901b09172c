import { expect, it } from 'vitest'
import type { Credential, DeviceLogLine } from '../port.ts'
import { gatewayPrincipal, type RecordsPlace } from './fixture.ts'

const credential = (id: string, change: Partial<Credential> = {}): Credential => ({
  id,
  kind: 'certificate',
  principal: 'gw-north',
  serial: '4a01',
  issuedAt: 1_000,
  expiresAt: 9_000,
  revokedAt: null,
  reason: '',
  ...change,
})

const line = (device: string, change: Partial<DeviceLogLine> = {}): DeviceLogLine => ({
  at: 1_000,
  until: 2_000,
  times: 3,
  device,
  event: 'certificate-revoked',
  detail: 'its certificate 4a01 was revoked: stolen',
  address: '10.0.0.7',
  ...change,
})

export function credentialsContract(place: RecordsPlace): void {
  it('keeps the certificates and tokens of a principal, and tells those that hold', async () => {
    const { principals } = place.records
    const [secret] = await principals.putAll([gatewayPrincipal()], [credential('a')])
    expect(await principals.authenticate('gw-north', Buffer.from(secret as string))).toEqual(gatewayPrincipal())
    await principals.addCredentials([credential('b', { kind: 'token', issuedAt: 2_000, expiresAt: null })])
    expect(await principals.credential('a')).toEqual(credential('a'))
    expect(await principals.credential('nothing')).toBeUndefined()
    expect((await principals.credentials('gw-north')).map((c) => c.id)).toEqual(['b', 'a'])
    const [standing] = await principals.standings(['gw-north'])
    expect([...(standing?.credentials ?? [])].sort()).toEqual(['a', 'b'])
  })

  it('revokes all of a principal but those that are excepted, once, and forgets nothing', async () => {
    const { principals } = place.records
    await principals.putAll([gatewayPrincipal()], [credential('a'), credential('b'), credential('c')])
    expect(await principals.revoke('gw-north', { at: 5_000, reason: 'rotated', except: ['c'] })).toBe(2)
    expect(await principals.revoke('gw-north', { at: 6_000, reason: 'again', except: ['c'] })).toBe(0)
    expect(await principals.credential('a')).toEqual(credential('a', { revokedAt: 5_000, reason: 'rotated' }))
    expect((await principals.standings(['gw-north']))[0]?.credentials).toEqual(['c'])
  })

  it('takes away a secret together with the rest when that is asked for', async () => {
    const { principals } = place.records
    const secret = await principals.put(gatewayPrincipal())
    await principals.revoke('gw-north', { at: 5_000, reason: 'lost', reset: true })
    expect(await principals.authenticate('gw-north', Buffer.from(secret))).toBeUndefined()
  })

  it('remembers that the certificate of somebody who was removed is revoked', async () => {
    const { principals } = place.records
    await principals.putAll([gatewayPrincipal()], [credential('a')])
    await principals.remove('gw-north')
    expect(await principals.credential('a')).toMatchObject({ reason: 'removed' })
    expect((await principals.credential('a'))?.revokedAt).toBeGreaterThan(0)
  })

  it('tells every connection who has changed since it looked', async () => {
    const other = await place.open()
    const { principals } = place.records
    const { revision } = await other.principals.changes()
    await principals.put(gatewayPrincipal())
    await principals.putAll([gatewayPrincipal({ name: 'a' }), gatewayPrincipal({ name: 'b' })])
    const first = await other.principals.changes(revision)
    expect([...first.names].sort()).toEqual(['a', 'b', 'gw-north'])
    expect(await other.principals.changes(first.revision)).toEqual({ names: [], revision: first.revision })
    await principals.revoke('a', { at: 1, reason: '' })
    await principals.addCredentials([credential('x', { principal: 'b' })])
    await principals.update(gatewayPrincipal({ enabled: false }))
    await principals.update(gatewayPrincipal({ name: 'nobody' }))
    const second = await other.principals.changes(first.revision)
    expect([...second.names].sort()).toEqual(['a', 'b', 'gw-north'])
    await principals.remove('b')
    expect((await other.principals.changes(second.revision)).names).toEqual(['b'])
  })

  it('says that everybody may have changed when it is too long ago to tell', async () => {
    const { principals } = place.records
    const { revision } = await principals.changes()
    const many = Array.from({ length: 5_001 }, (_, i) => credential(`c${i}`, { principal: `p${i}` }))
    await principals.addCredentials(many)
    expect((await principals.changes(revision)).names).toBe('all')
    expect((await principals.changes(revision + 4_000)).names).toHaveLength(1_001)
  })

  it('keeps a log of what happened to devices, newest first, by device and in pages', async () => {
    const { deviceLog } = place.records
    await deviceLog.add([line('a'), line('b'), line('a', { event: 'banned' })])
    await deviceLog.add([line('c')])
    expect((await deviceLog.list()).lines.map((l) => l.device)).toEqual(['c', 'a', 'b', 'a'])
    expect((await deviceLog.list({ device: 'a', event: 'banned' })).lines).toEqual([line('a', { event: 'banned' })])
    const page = await deviceLog.list({ limit: 2 })
    expect((await deviceLog.list({ before: page.before })).lines.map((l) => l.device)).toEqual(['b', 'a'])
  })
}
