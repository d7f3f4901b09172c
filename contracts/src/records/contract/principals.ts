import { expect, it } from 'vitest'
import { gatewayPrincipal, type RecordsPlace } from './fixture.ts'

export function principalsContract(place: RecordsPlace): void {
  const bytes = (text: string) => new TextEncoder().encode(text)

  it('knows a principal by the secret it handed out, and by no other', async () => {
    const { principals } = place.records
    const secret = await principals.put(gatewayPrincipal())
    expect(Buffer.from(secret, 'base64url')).toHaveLength(16)
    expect(await principals.authenticate('gw-north', bytes(secret))).toEqual(gatewayPrincipal())
    expect(await principals.authenticate('gw-north', bytes(`${secret}x`))).toBeUndefined()
    expect(await principals.authenticate('gw-north', bytes(''))).toBeUndefined()
    expect(await principals.authenticate('gw-south', bytes(secret))).toBeUndefined()
  })

  it('gives a new secret when a principal is replaced, and the old one is worth nothing', async () => {
    const { principals } = place.records
    const old = await principals.put(gatewayPrincipal())
    const secret = await principals.put(gatewayPrincipal({ devices: ['*'] }))
    expect(await principals.authenticate('gw-north', bytes(old))).toBeUndefined()
    expect((await principals.authenticate('gw-north', bytes(secret)))?.devices).toEqual(['*'])
  })

  it('keeps the secret when only the rest is updated', async () => {
    const { principals } = place.records
    const secret = await principals.put(gatewayPrincipal())
    expect(await principals.update(gatewayPrincipal({ personal: true }))).toBe(true)
    expect((await principals.authenticate('gw-north', bytes(secret)))?.personal).toBe(true)
    expect(await principals.update(gatewayPrincipal({ name: 'nobody' }))).toBe(false)
  })

  it('lets nobody in who is disabled or removed', async () => {
    const { principals } = place.records
    const secret = await principals.put(gatewayPrincipal())
    await principals.update(gatewayPrincipal({ enabled: false }))
    expect(await principals.authenticate('gw-north', bytes(secret))).toBeUndefined()
    expect((await principals.find('gw-north'))?.enabled).toBe(false)
    await principals.remove('gw-north')
    expect(await principals.find('gw-north')).toBeUndefined()
  })

  it('tells of many at once how they stand, and whose secret is another one now', async () => {
    const { principals } = place.records
    for (const name of ['a', 'b', 'c']) await principals.put(gatewayPrincipal({ name }))
    const before = await principals.standings(['b', 'nobody', 'a'])
    expect(before.map((s) => s.principal.name).sort()).toEqual(['a', 'b'])
    await principals.update(gatewayPrincipal({ name: 'a', enabled: false }))
    await principals.put(gatewayPrincipal({ name: 'b' }))
    const version = (of: typeof before, name: string) => of.find((s) => s.principal.name === name)?.secretVersion
    const after = await principals.standings(['a', 'b'])
    expect(after.find((s) => s.principal.name === 'a')?.principal.enabled).toBe(false)
    expect(version(after, 'a')).toBe(version(before, 'a'))
    expect(version(after, 'b')).not.toBe(version(before, 'b'))
    expect(await principals.standings([])).toEqual([])
  })

  it('lists principals by name', async () => {
    const { principals } = place.records
    for (const name of ['c', 'a', 'b']) await principals.put(gatewayPrincipal({ name }))
    expect((await principals.list()).map((p) => p.name)).toEqual(['a', 'b', 'c'])
  })

  it.each([
    { name: 'a/b' },
    { name: '' },
    { name: 'a+b' },
    { source: 'two words' },
    { source: 'a/b' },
    { publish: [''] },
  ])('refuses a principal that would break a topic: %o', async (change) => {
    const refused = place.records.principals.put(gatewayPrincipal(change))
    await expect(refused).rejects.toMatchObject({ code: 'RECORDS_INVALID' })
  })
}
