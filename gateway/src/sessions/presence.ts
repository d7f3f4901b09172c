import type { Journal, Row } from './journal.ts'
import { ownerOf, Shares } from './shares.ts'

interface Entry extends Row {
  readonly client: string
  /** Epoch ms since when its client is away; `undefined` while it is connected. */
  absentAt: number | undefined
  gone: boolean
}

/** Which sessions there are, and since when their clients are away. */
export class Presence {
  readonly #entries = new Map<string, Entry>()
  /** Those whose clients are away, the longest first. */
  readonly #absent = new Map<string, Entry>()
  readonly #shares = new Shares<Entry>()
  readonly #journal: Journal

  /** Clients that were connected when the process ended are away since `now`. */
  constructor(journal: Journal, now: number) {
    this.#journal = journal
    const stored = [...journal.read('sessions')].map(
      ([client, at]) => [client as string, (at as number | null) ?? now] as const,
    )
    for (const [client, at] of stored.sort((a, b) => a[1] - b[1])) this.#set(newEntry(client, true), at)
  }

  get count(): number {
    return this.#entries.size
  }

  has(client: string): boolean {
    return this.#entries.has(client)
  }

  /** The session whose client has been away longest, and since when. */
  oldest(): { client: string; absentAt: number } | undefined {
    for (const entry of this.#absent.values()) return { client: entry.client, absentAt: entry.absentAt as number }
    return undefined
  }

  /** Of the principal with most sessions whose clients are away, the one away longest; where it has as many, of `client`'s. */
  mostDispensable(client: string): string | undefined {
    const most = this.#shares.oldestOfMost()
    const owner = ownerOf(client)
    const isOwn = most && this.#shares.countOf(owner) >= this.#shares.countOf(ownerOf(most.client))
    return (isOwn ? this.#shares.oldestOf(owner) : most)?.client
  }

  add(client: string, absentAt: number | undefined): void {
    this.#journal.touch(this.#set(newEntry(client, false), absentAt))
  }

  /** The client has come or gone; nothing happens when it has no session. */
  mark(client: string, absentAt: number | undefined): void {
    const entry = this.#entries.get(client)
    if (entry) this.#journal.touch(this.#set(entry, absentAt))
  }

  remove(client: string): void {
    const entry = this.#entries.get(client)
    if (!entry) return
    this.#entries.delete(client)
    this.#returned(entry)
    entry.gone = true
    this.#journal.touch(entry)
  }

  #set(entry: Entry, absentAt: number | undefined): Entry {
    entry.absentAt = absentAt
    this.#entries.set(entry.client, entry)
    this.#returned(entry)
    if (absentAt === undefined) return entry
    this.#absent.set(entry.client, entry)
    this.#shares.add(ownerOf(entry.client), entry)
    return entry
  }

  #returned(entry: Entry): void {
    this.#absent.delete(entry.client)
    this.#shares.remove(ownerOf(entry.client), entry)
  }
}

function newEntry(client: string, stored: boolean): Entry {
  const entry: Entry = {
    table: 'sessions',
    key: [client],
    client,
    absentAt: undefined,
    gone: false,
    stored,
    values: () => (entry.gone ? undefined : [entry.absentAt ?? null]),
  }
  return entry
}
