import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, connect as tls } from 'node:tls'
import { type Authority, type Issued, openAuthority } from '@quartier/contracts/authority'
import { tokenId } from '@quartier/contracts/devices'
import type { Credential } from '@quartier/contracts/records'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  principal,
  RawClient,
  readBack,
  type TestGateway,
  type TestOptions,
  testGateway,
} from '../testing.ts'
import { connect, publish, subscribe } from '../testing-packets.ts'

const CONNACK = '20020000'
const NOT_AUTHORISED = '20020005'
const BAD_CREDENTIALS = '20020004'
const HOUR_MS = 3_600_000

let gateway: TestGateway
let authority: Authority
let elsewhere: string
const clients: RawClient[] = []

beforeEach(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'quartier-tls-'))
})
afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  await gateway.stop()
  rmSync(elsewhere, { recursive: true })
})

async function open(tlsConfig: object = {}, more: TestOptions = {}): Promise<void> {
  const principals = [principal('lamp'), principal('meter', { publish: ['t/%s/#'] })]
  gateway = await testGateway({
    principals,
    ...more,
    config: { changesMs: 20, tls: { port: 0, host: '127.0.0.1', ...tlsConfig } },
  })
  authority = openAuthority(join(gateway.folder, 'tls'), Date.now())
}

const credential = (issued: Issued, name: string, more: Partial<Credential> = {}): Credential => ({
  id: issued.fingerprint,
  kind: 'certificate',
  principal: name,
  serial: issued.serial,
  issuedAt: issued.issuedAt,
  expiresAt: issued.expiresAt,
  revokedAt: null,
  reason: '',
  ...more,
})

async function device(name: string, { by = authority, now = Date.now(), validMs = HOUR_MS } = {}): Promise<Issued> {
  const issued = by.issue({ purpose: 'device', name, now, validMs })
  if (by === authority) await gateway.principals.addCredentials([credential(issued, name)])
  return issued
}

interface Shown {
  readonly certificate?: string
  readonly key?: string
  readonly session?: Buffer
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}

function dial({ certificate: cert, key, ...more }: Shown = {}): RawClient {
  const ca = readFileSync(join(gateway.folder, 'tls', 'authority.crt'))
  const c = new RawClient(gateway.tlsPort, (port) => tls({ port, host: '127.0.0.1', ca, cert, key, ...more }))
  clients.push(c)
  return c
}

async function refused(name: string, client: RawClient): Promise<string> {
  await client.closed()
  await eventually(() => gateway.deviceLog.lines.some((l) => l.device === name))
  const line = gateway.deviceLog.lines.find((l) => l.device === name)
  return `${line?.event}: ${line?.detail.replace(/[0-9a-f]{20,}/, '…')}`
}

describe('TLS', () => {
  it('shows a certificate that the built-in authority has signed for the names of the gateway', async () => {
    await open({ names: ['mqtt.district.example'] })
    const c = dial()
    await new Promise((done) => c.socket.once('secureConnect', done))
    expect((c.socket as TLSSocket).authorized).toBe(true)
    const shown = (c.socket as TLSSocket).getPeerX509Certificate() as X509Certificate
    expect(shown.checkHost('mqtt.district.example')).toBe('mqtt.district.example')
    expect(shown.checkIP('127.0.0.1')).toBe('127.0.0.1')
    await gateway.restart()
    const again = dial()
    await new Promise((done) => again.socket.once('secureConnect', done))
    expect((again.socket as TLSSocket).getPeerX509Certificate()?.serialNumber).toBe(shown.serialNumber)
  })

  it('lets a device in by its certificate alone, and takes what it says', async () => {
    await open()
    const c = dial(await device('lamp'))
    c.send(connect('x'), publish('t/lamp/d/a/t', '21.5', { id: 1 }), publish('t/meter/d/a/t', '3', { id: 2 }))
    await c.expect(`${CONNACK}40020001 40020002`)
    expect((await readBack(gateway.log)).readings.map((r) => r.value)).toEqual([21.5])
    c.send(subscribe(3, ['t/lamp/d/a/cmd/x', 1]))
    await c.expect('9003000301')
  })

  it('lets a device in beside many that begin and say nothing, and all of many that come at once', async () => {
    await open()
    for (let i = 0; i < 300; i++) clients.push(new RawClient(gateway.tlsPort))
    await eventually(async () => (await gateway.metric('tls_handshakes_pending')) === 300)
    const lamp = await device('lamp')
    const many = Array.from({ length: 200 }, (_, i) => dial(lamp).send(connect(`c${i}`)))
    for (const c of many) await c.expect(CONNACK)
  })

  it('lets one in by password or token as well, and nobody without a name', async () => {
    await open()
    const token = 'qt_c29tZXRoaW5nIHJhbmRvbQ'
    const known = { kind: 'token', id: tokenId(Buffer.from(token)), expiresAt: null } as const
    const issued = authority.issue({ purpose: 'device', name: 'lamp', now: Date.now(), validMs: HOUR_MS })
    await gateway.principals.addCredentials([credential(issued, 'lamp', known)])
    await dial()
      .send(connect('a', { username: 'lamp', password: 'lamp' }))
      .expect(CONNACK)
    await dial()
      .send(connect('b', { username: 'lamp', password: token }))
      .expect(CONNACK)
    await dial()
      .send(connect('c', { username: token }))
      .expect(CONNACK)
    const other = dial().send(connect('d', { username: 'meter', password: token }))
    await other.expect(BAD_CREDENTIALS)
    expect(await refused('meter', other)).toBe('name-differs: its token is that of lamp')
    await dial().send(connect('e')).expect(NOT_AUTHORISED)
  })

  it('lets in nobody without a certificate when these are asked for', async () => {
    await open({ clients: 'certificate' })
    await dial(await device('lamp'))
      .send(connect('a'))
      .expect(CONNACK)
    const bare = dial().send(connect('b', { username: 'meter', password: 'meter' }))
    await bare.expect(NOT_AUTHORISED)
    expect(await refused('meter', bare)).toMatch(/^certificate-missing: it has shown no certificate/)
  })

  it('lets nobody who is anonymous in from where others can reach it', async () => {
    await open({}, { principals: [] })
    await dial().send(connect('a')).expect(NOT_AUTHORISED)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resumes a session of %s also after a restart, by the same certificate',
    async (maxVersion) => {
      await open()
      const shown = { ...(await device('lamp')), maxVersion }
      const first = dial(shown)
      let session: Buffer | undefined
      first.socket.on('session', (s: Buffer) => {
        session = s
      })
      await first.send(connect('a')).expect(CONNACK)
      await eventually(() => session !== undefined)
      await gateway.restart()
      const second = dial({ ...shown, session })
      await second.send(connect('a')).expect(CONNACK)
      expect((second.socket as TLSSocket).isSessionReused()).toBe(true)
      expect(await gateway.metric('tls_handshakes_resumed_total')).toBe(1)
      await gateway.principals.revoke('lamp', { at: Date.now(), reason: 'stolen' })
      await second.closed()
      const third = dial({ ...shown, session })
      await third.send(connect('a')).expect(NOT_AUTHORISED)
    },
  )

  it('counts a handshake that fails and goes on', async () => {
    await open()
    const c = new RawClient(gateway.tlsPort)
    clients.push(c)
    await c.send(connect('plain')).closed()
    await eventually(() => gateway.deviceLog.lines.some((l) => l.event === 'handshake-failed'))
    await dial(await device('lamp'))
      .send(connect('a'))
      .expect(CONNACK)
    expect(await gateway.metric('tls_handshakes_failed_total')).toBe(1)
  })

  it('serves every connection in its turn when more come than it may begin', async () => {
    await open({ handshakesPerSecond: 5 })
    const many = Array.from({ length: 12 }, (_, i) =>
      dial().send(connect(`c${i}`, { username: 'lamp', password: 'lamp' })),
    )
    await Promise.all(many.slice(0, 5).map((c) => c.expect(CONNACK)))
    for (const c of many.slice(0, 5)) c.destroy()
    await Promise.all(many.slice(5, 10).map((c) => c.expect(CONNACK)))
  })
})

describe('a certificate that is worth nothing', () => {
  it('of another authority is refused, and the log says why', async () => {
    await open()
    const foreign = openAuthority(join(elsewhere, 'foreign'), Date.now())
    const c = dial(await device('lamp', { by: foreign }))
    await c.send(connect('a', { username: 'lamp', password: 'lamp' })).expect(NOT_AUTHORISED)
    expect(await refused('lamp', c)).toBe(
      `certificate-foreign: its certificate … was signed by ${foreign.name}, whom this gateway does not believe`,
    )
  })

  it('that has expired is refused, and the log says since when', async () => {
    await open()
    const c = dial(await device('lamp', { now: Date.UTC(2020, 0, 1), validMs: HOUR_MS }))
    await c.send(connect('a')).expect(NOT_AUTHORISED)
    expect(await refused('lamp', c)).toBe('certificate-expired: its certificate … was valid until 2020-01-01 01:00 UTC')
  })

  it('that was revoked is refused, and the log says when and why', async () => {
    await open()
    const shown = await device('lamp')
    await gateway.principals.revoke('lamp', { at: Date.UTC(2026, 1, 3, 4, 5), reason: 'stolen' })
    const c = dial(shown)
    await c.send(connect('a')).expect(NOT_AUTHORISED)
    expect(await refused('lamp', c)).toBe(
      'certificate-revoked: its certificate … was revoked on 2026-02-03 04:05 UTC: stolen',
    )
  })

  it('of somebody else than whom the client says it is, is refused', async () => {
    await open()
    const c = dial(await device('lamp'))
    await c.send(connect('a', { username: 'meter', password: 'meter' })).expect(NOT_AUTHORISED)
    expect(await refused('lamp', c)).toBe('name-differs: its certificate is that of lamp, and it calls itself meter')
  })

  it('that our authority has signed but nobody has recorded, is refused', async () => {
    await open({ trustNames: false })
    const c = dial(authority.issue({ purpose: 'device', name: 'lamp', now: Date.now(), validMs: HOUR_MS }))
    await c.send(connect('a')).expect(NOT_AUTHORISED)
    expect(await refused('lamp', c)).toMatch(/^certificate-unknown/)
  })

  it('cannot be used without its key', async () => {
    await open()
    const { certificate } = await device('lamp')
    const other = await device('meter')
    expect(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(other.key))).toBe(false)
    expect(() => dial({ certificate, key: other.key })).toThrow(/key/)
  })
})

describe('revocation', () => {
  it('ends the session of one device within moments, and leaves the others', async () => {
    await open()
    const stolen = dial(await device('lamp'))
    const other = dial(await device('meter'))
    await Promise.all([stolen.send(connect('a')).expect(CONNACK), other.send(connect('b')).expect(CONNACK)])
    await gateway.principals.revoke('lamp', { at: Date.now(), reason: 'stolen' })
    await stolen.closed()
    await eventually(() => gateway.deviceLog.lines.some((l) => l.event === 'closed-revoked' && l.device === 'lamp'))
    other.send(publish('t/meter/d/a/t', '1', { id: 1 }))
    await other.expect('40020001')
  })

  it('of one certificate leaves the session that uses another', async () => {
    await open()
    const old = dial(await device('lamp'))
    const next = await device('lamp')
    const renewed = dial(next)
    await Promise.all([old.send(connect('a')).expect(CONNACK), renewed.send(connect('b')).expect(CONNACK)])
    await gateway.principals.revoke('lamp', { at: Date.now(), reason: 'rotated', except: [next.fingerprint] })
    await old.closed()
    renewed.send(publish('t/lamp/d/a/t', '1', { id: 1 }))
    await renewed.expect('40020001')
  })
})

describe('several gateways with the same records', () => {
  it('all end the sessions of a device that is shut out at one of them', async () => {
    await open()
    const other = await testGateway({ recordsOf: gateway, config: { changesMs: 20 } })
    try {
      const login = { username: 'lamp', password: 'lamp' }
      const here = dial().send(connect('a', login))
      const there = new RawClient(other.port).send(connect('b', login))
      clients.push(there)
      await Promise.all([here.expect(CONNACK), there.expect(CONNACK)])
      await gateway.principals.revoke('lamp', { at: Date.now(), reason: 'stolen', reset: true })
      await Promise.all([here.closed(), there.closed()])
    } finally {
      await other.stop()
    }
  })
})

describe('an authority of the city', () => {
  it('names the principals whose certificates it signs, where that is configured', async () => {
    const city = openAuthority(join(elsewhere, 'city'), Date.now())
    const clientCaFile = join(elsewhere, 'city.crt')
    writeFileSync(clientCaFile, city.certificate)
    await open({ clientCaFile, trustNames: true })
    const c = dial(await device('lamp', { by: city }))
    await c.send(connect('a')).expect(CONNACK)
    const stranger = dial(await device('nobody', { by: city }))
    await stranger.send(connect('b')).expect(NOT_AUTHORISED)
    expect(await refused('nobody', stranger)).toMatch(/^certificate-removed: .* not registered any more$/)
    await gateway.principals.update({ ...principal('lamp'), enabled: false })
    await c.closed()
  })

  it('is not believed in names unless that is configured', async () => {
    const city = openAuthority(join(elsewhere, 'city'), Date.now())
    const clientCaFile = join(elsewhere, 'city.crt')
    writeFileSync(clientCaFile, city.certificate)
    await open({ clientCaFile })
    await dial(await device('lamp', { by: city }))
      .send(connect('a'))
      .expect(NOT_AUTHORISED)
  })
})
