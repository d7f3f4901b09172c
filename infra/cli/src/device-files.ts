import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HandedOut } from '@quartier/contracts/devices'

/** Readable by whoever ran the command, and nobody else. */
const PRIVATE = 0o600

/** Writes what one device needs into a folder of its own, and returns the files' names. */
export function writeCertificate(
  folder: string,
  out: HandedOut,
  authority: string,
): { authority: string; certificate: string; key: string } {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = {
    authority: join(folder, 'authority.crt'),
    certificate: join(folder, `${out.name}.crt`),
    key: join(folder, `${out.name}.key`),
  }
  writeFileSync(files.authority, authority)
  writeFileSync(files.certificate, out.certificate ?? '')
  writeFileSync(files.key, out.key ?? '', { mode: PRIVATE })
  return files
}

/**
 * Writes the credentials of many devices into one file for their vendor: JSON, with the authority that the gateway's
 * certificate is signed by. Never over a file that is there: it may be the only copy of what it holds.
 */
export function writeCredentials(path: string, out: readonly HandedOut[], authority: string | undefined): void {
  const devices = out.map((o) => ({
    name: o.name,
    username: o.credential === 'certificate' ? undefined : o.name,
    password: o.secret,
    certificate: o.certificate,
    key: o.key,
    expiresAt: o.expiresAt === undefined ? undefined : new Date(o.expiresAt).toISOString(),
  }))
  const file = { authority, mqtt: { protocol: 'MQTT 3.1.1', port: 1883, tlsPort: 8883 }, devices }
  writeFileSync(path, `${JSON.stringify(file, null, 1)}\n`, { mode: PRIVATE, flag: 'wx' })
}
