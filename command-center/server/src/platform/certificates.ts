import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HealthView } from '@quartier/contracts/api'
import { AUTHORITY_FILES } from '@quartier/contracts/authority'
import { foldersOf } from '@quartier/contracts/engines'
import type { PrincipalStore } from '@quartier/contracts/records'

const DAY_MS = 86_400_000
const SOON_MS = 60 * DAY_MS
const LISTED = 200
const KEPT_MS = 30_000

type Row = HealthView['certificates'][number]
type Expiring = Pick<HealthView, 'certificates' | 'certificatesMore'>

/** Certificates and tokens that are worth nothing soon: our own on this machine, and those of everybody let in. */
export class Certificates {
  readonly #principals: PrincipalStore
  readonly #folder: string
  #known: { at: number; answer: Promise<Expiring> } | undefined

  constructor(principals: PrincipalStore, dataDir: string) {
    this.#principals = principals
    this.#folder = foldersOf(dataDir).tls
  }

  /** @param now real time, epoch ms; an answer is good for half a minute */
  expiring(now: number): Promise<Expiring> {
    if (!this.#known || now - this.#known.at > KEPT_MS) {
      const answer = this.#look(now)
      this.#known = { at: now, answer }
      answer.catch(() => {
        this.#known = undefined
      })
    }
    return this.#known.answer
  }

  async #look(now: number): Promise<Expiring> {
    const [own, held] = await Promise.all([ownCertificates(this.#folder), this.#principals.credentials()])
    const rows: Row[] = [
      ...own,
      ...held.flatMap(({ id, kind, principal, expiresAt, revokedAt }) =>
        expiresAt === null || revokedAt !== null ? [] : [{ what: kind, name: principal, id, expiresAt }],
      ),
    ]
    const soon = rows.filter((row) => row.expiresAt - now < SOON_MS).sort((a, b) => a.expiresAt - b.expiresAt)
    return { certificates: soon.slice(0, LISTED), certificatesMore: Math.max(0, soon.length - LISTED) }
  }
}

/** The certificates in the gateway's folder; none where it speaks no TLS, or on another machine. */
async function ownCertificates(folder: string): Promise<Row[]> {
  const names = await readdir(folder).catch(() => [])
  const rows: Row[] = []
  for (const name of names.filter((n) => n.endsWith('.crt'))) {
    try {
      const { fingerprint256, validTo } = new X509Certificate(await readFile(join(folder, name)))
      const what = name === AUTHORITY_FILES.certificate ? 'authority' : 'server'
      rows.push({ what, name, id: fingerprint256.replaceAll(':', '').toLowerCase(), expiresAt: Date.parse(validTo) })
    } catch {
      // Half written, or somebody else's: the gateway says what it cannot read.
    }
  }
  return rows
}
