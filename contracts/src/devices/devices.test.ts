import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAuthority } from '../authority/index.ts'
import type { Records } from '../records/port.ts'
import { openSqliteRecords } from '../records/sqlite.ts'
import { type Issuer, letIn, principalFrom, readDeviceRequests, rotate, tokenId } from './index.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 10, 23)

let folder: string
let records: Records
let issuer: Issuer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-devices-'))
  records = await openSqliteRecords({ path: join(folder, 'records.db') })
  const authority = () => openAuthority(join(folder, 'tls'), NOW)
  issuer = { principals: records.principals, authority, now: NOW, validMs: DAY_MS }
})
afterEach(async () => {
  await records.close()
  rmSync(folder, { recursive: true })
})

async function* text(csv: string) {
  yield csv
}
const read = (csv: string) => readDeviceRequests(text(csv), { credential: 'password', kind: 'device' })
const requests = (...names: string[]) =>
  names.map((name) => ({ name, credential: 'certificate', kind: 'device' }) as const)

describe('a list of devices', () => {
  it('says for each what it is, with defaults where it says nothing', async () => {
    const csv = [
      '\ufeffname;credential;kind;source;devices;publish;personal',
      'lamp-1;;;;;;',
      '',
      'gw;certificate;gateway;district;ahu-* vav-7;"t/%s/#";yes',
    ]
    const [lamp, gateway] = await read(csv.join('\r\n'))
    expect(principalFrom(lamp!)).toMatchObject({
      name: 'lamp-1',
      source: 'lamp-1',
      kind: 'device',
      devices: ['lamp-1'],
    })
    expect(principalFrom(gateway!)).toEqual({
      name: 'gw',
      source: 'district',
      kind: 'gateway',
      publish: ['t/%s/#'],
      subscribe: ['t/%s/d/+/cmd/#'],
      devices: ['ahu-*', 'vav-7'],
      personal: true,
      historical: false,
      enabled: true,
    })
  })

  it('is refused where a topic filter makes no sense', async () => {
    await expect(read('name,publish\nlamp,t/#/x')).rejects.toThrow(/line 2: publish: "t\/#\/x" goes on behind #/)
  })

  it('names every line that is wrong', async () => {
    const csv = 'name,kind,credential\nok,,\na/b,,\nok,,\nx,robot,\ny,,smile\n,,\nz,,,,,\n'
    await expect(read(csv)).rejects.toThrow(
      /line 3: "a\/b" is no name.*line 4: ok stands in an earlier line.*line 5: kind is robot.*line 6: credential is smile.*line 7: has no name.*line 8: 6 fields/s,
    )
    await expect(read('name,colour\n')).rejects.toThrow(/unknown columns: colour/)
    await expect(read('kind\n')).rejects.toThrow(/no column name/)
  })
})

describe('letting devices in', () => {
  it('hands out a password, a token or a certificate, and keeps none of them in the clear', async () => {
    const all = (['password', 'token', 'certificate'] as const).map((credential) => ({
      name: `a-${credential}`,
      credential,
      kind: 'device' as const,
    }))
    const [password, token, certificate] = await letIn(issuer, all)
    expect(await records.principals.authenticate('a-password', Buffer.from(password?.secret ?? ''))).toBeDefined()
    const known = await records.principals.credential(tokenId(Buffer.from(token?.secret ?? '')))
    expect(known).toMatchObject({ principal: 'a-token', kind: 'token', expiresAt: NOW + DAY_MS, revokedAt: null })
    expect(certificate?.certificate).toContain('BEGIN CERTIFICATE')
    expect((await records.principals.credentials('a-certificate'))[0]).toMatchObject({ kind: 'certificate' })
    expect(certificate?.secret).toBeUndefined()
  })

  it('lets in all or nobody', async () => {
    await letIn(issuer, requests('b'))
    await expect(letIn(issuer, requests('a', 'b', 'c'))).rejects.toThrow(/Registered already: b/)
    expect((await records.principals.list()).map((p) => p.name)).toEqual(['b'])
  })
})

describe('rotation', () => {
  it('gives another certificate and revokes the one before', async () => {
    await letIn(issuer, requests('a'))
    const before = (await records.principals.credentials('a'))[0]
    await rotate({ ...issuer, now: NOW + 1 }, 'a')
    const [now, then] = await records.principals.credentials('a')
    expect(now).toMatchObject({ kind: 'certificate', revokedAt: null })
    expect(then).toMatchObject({ id: before?.id, revokedAt: NOW + 1, reason: 'rotated' })
  })

  it('lets the old certificate hold on when that is asked for', async () => {
    await letIn(issuer, requests('a'))
    await rotate(issuer, 'a', { keepOld: true })
    expect((await records.principals.credentials('a')).map((c) => c.revokedAt)).toEqual([null, null])
  })

  it('changes from a password to a certificate, after which the password is worth nothing', async () => {
    const [out] = await letIn(issuer, [{ name: 'a', credential: 'password', kind: 'device' }])
    await rotate(issuer, 'a', { credential: 'certificate' })
    expect(await records.principals.authenticate('a', Buffer.from(out?.secret ?? ''))).toBeUndefined()
  })

  it('changes from a token to a password, after which the token is worth nothing', async () => {
    await letIn(issuer, [{ name: 'a', credential: 'token', kind: 'device' }])
    const { secret } = await rotate(issuer, 'a', { credential: 'password' })
    expect(await records.principals.authenticate('a', Buffer.from(secret ?? ''))).toBeDefined()
    expect((await records.principals.standings(['a']))[0]?.credentials).toEqual([])
  })
})
