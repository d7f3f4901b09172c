import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AUTHORITY_FILES, commonName, fingerprintOf, openAuthority } from './index.ts'

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 10, 23)

describe('the certificate authority', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-authority-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const device = (name = 'lamp-1', validMs = 90 * DAY_MS) =>
    openAuthority(folder, NOW).issue({ purpose: 'device', name, now: NOW, validMs })

  it('is founded once, and is the same one ever after', () => {
    const first = openAuthority(folder, NOW)
    expect(openAuthority(folder, NOW + DAY_MS).certificate).toBe(first.certificate)
    const own = new X509Certificate(first.certificate)
    expect(own.ca).toBe(true)
    expect(own.verify(own.publicKey)).toBe(true)
    expect(own.validTo).toBe('Nov 20 00:00:00 2036 GMT')
  })

  it('keeps its key from everybody else', () => {
    openAuthority(folder, NOW)
    expect(statSync(join(folder, AUTHORITY_FILES.key)).mode & 0o777).toBe(0o600)
  })

  it('signs the certificate of a device, for clients alone, in the name of the device', () => {
    const authority = openAuthority(folder, NOW)
    const issued = device()
    const certificate = new X509Certificate(issued.certificate)
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true)
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true)
    expect(certificate.ca).toBe(false)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(commonName(certificate)).toBe('lamp-1')
    expect(issued.fingerprint).toBe(fingerprintOf(certificate.raw))
    expect(issued.serial).toBe(certificate.serialNumber.toLowerCase())
    expect(Date.parse(certificate.validTo)).toBe(issued.expiresAt)
  })

  it('never signs for longer than it is valid itself', () => {
    const { expiresAt } = device('lamp-1', 50 * 365 * DAY_MS)
    expect(expiresAt).toBe(Date.parse(new X509Certificate(openAuthority(folder, NOW).certificate).validTo))
  })

  it.each(['مصباح', 'a,b+c="d"\\', 'x'.repeat(128)])('keeps the name %s whole', (name) => {
    expect(commonName(new X509Certificate(device(name).certificate))).toBe(name)
  })

  it('signs the certificate of a server for its names and addresses', () => {
    const hosts = ['gateway.example', 'localhost', '127.0.0.1', '::1', 'fd00::12:3']
    const issued = openAuthority(folder, NOW).issue({ purpose: 'server', name: 'x', hosts, now: NOW, validMs: DAY_MS })
    const certificate = new X509Certificate(issued.certificate)
    expect(certificate.checkHost('gateway.example')).toBe('gateway.example')
    expect(certificate.checkHost('elsewhere.example')).toBeUndefined()
    for (const address of hosts.slice(2)) expect(certificate.checkIP(address)).toBe(address)
  })

  it('gives every certificate another serial number and key', () => {
    const issued = Array.from({ length: 20 }, () => device())
    expect(new Set(issued.map((i) => i.serial)).size).toBe(20)
    expect(new Set(issued.map((i) => i.key)).size).toBe(20)
  })

  it('is refused with the key of another', () => {
    openAuthority(folder, NOW)
    writeFileSync(join(folder, AUTHORITY_FILES.key), device().key)
    expect(() => openAuthority(folder, NOW)).toThrow(/is not that of/)
  })

  it('is believed by OpenSSL as the strictest reader does', ({ skip }) => {
    try {
      execFileSync('openssl', ['version'])
    } catch {
      skip('there is no openssl on this machine')
    }
    const certificate = join(folder, 'device.crt')
    writeFileSync(certificate, device().certificate)
    const authority = join(folder, AUTHORITY_FILES.certificate)
    const at = ['-attime', String(NOW / 1000), '-x509_strict', '-purpose', 'sslclient']
    const said = execFileSync('openssl', ['verify', ...at, '-CAfile', authority, certificate], { encoding: 'utf8' })
    expect(said).toContain('OK')
  })
})
