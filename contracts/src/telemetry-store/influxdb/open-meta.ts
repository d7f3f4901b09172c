import { QuartierError } from '../../errors.ts'
import { type Commit, commitLine, type Meta, placementLine, readCommit, readMeta } from './meta.ts'
import { type Buckets, migrate } from './migrate.ts'
import type { Generation } from './placement.ts'
import { type CallOptions, InfluxError, type InfluxServer, writeLines } from './server.ts'

export interface OpenMetaOptions extends CallOptions {
  readonly servers: readonly InfluxServer[]
  readonly copies: number
  readonly buckets: Buckets
  /** Into how many parts the store is divided; absent when it is not. */
  readonly parts?: number
  /** A meta bucket that only a store has which is divided otherwise. */
  readonly otherwise?: string
}

export interface OpenedMeta {
  readonly meta: Meta
  readonly reachable: readonly InfluxServer[]
  /** Servers that do not hold the last commit, or that could not be asked. */
  readonly lacking: readonly InfluxServer[]
}

interface Head {
  readonly server: InfluxServer
  readonly head: Pick<Meta, 'commit' | 'generations'> | undefined
}

const EMPTY: Commit = {
  flush: 0,
  position: {},
  definitions: 0,
  blocks: 0,
  readings: 0,
  oldestAt: null,
  newestAt: null,
}

/**
 * Finds the last commit: a server is given it only after all servers have everything that it speaks of, so the newest
 * that any of them holds is true. A store that nobody has used is begun, for which all servers must answer.
 */
export async function openMeta(options: OpenMetaOptions): Promise<OpenedMeta> {
  const { heads, silent, best } = await findCommit(options)
  if (!best) return begin(options, silent)
  const { head, server } = best
  const meta = await readMeta(server, options.buckets, head, options)
  const holds = heads.filter((h) => h.head?.commit.flush === head.commit.flush).map((h) => h.server.name)
  const lacking = options.servers.filter((s) => !holds.includes(s.name))
  return { meta, reachable: heads.map((h) => h.server), lacking }
}

/** Asks for the last commit, which is missing when nobody has used the store. @throws QuartierError STORE_PLACEMENT */
export async function findCommit(options: OpenMetaOptions) {
  const { servers, copies, parts } = options
  const names = servers.map((s) => s.name)
  if (copies < 1 || copies > servers.length || new Set(names).size < names.length)
    throw new QuartierError('STORE_PLACEMENT', `${copies} copies on ${names.join(', ')}: names must differ and suffice`)
  const { heads, silent } = await askAll(options)
  const best = newest(heads)
  const now = best?.head.generations.at(-1)
  if (now && now.parts !== parts) throw dividedOtherwise(options)
  if (now && !isSame(now, { servers: names, copies })) {
    const was = `${now.copies} of ${now.servers.join(', ')}`
    const message = `open the store on ${copies} of ${names.join(', ')}: it lies on ${was}; extend it first`
    throw new QuartierError('STORE_PLACEMENT', message)
  }
  return { heads, silent, best }
}

/** Asks every server for its last commit. @throws QuartierError STORE_UNAVAILABLE when none answers */
export async function askAll(options: OpenMetaOptions): Promise<{ heads: Head[]; silent: Error[] }> {
  const heads: Head[] = []
  const silent: Error[] = []
  for (const server of options.servers) {
    try {
      heads.push({ server, head: await readCommit(server, options.buckets, options) })
    } catch (error) {
      if (!(error instanceof InfluxError)) throw error
      silent.push(error)
    }
  }
  if (heads.length === 0) throw unavailable('open the store', silent)
  return { heads, silent }
}

export function newest(heads: readonly Head[]) {
  const used = heads.filter((h): h is Required<Head> & { head: NonNullable<Head['head']> } => h.head !== undefined)
  return used.sort((a, b) => b.head.commit.flush - a.head.commit.flush)[0]
}

export const unavailable = (what: string, errors: readonly Error[]): QuartierError =>
  new QuartierError('STORE_UNAVAILABLE', `${what}: ${errors.map((e) => e.message).join('; ')}`, {
    cause: errors[0],
    retriable: true,
  })

const isSame = (a: Generation, b: Generation): boolean =>
  a.copies === b.copies && a.servers.toSorted().join('\n') === b.servers.toSorted().join('\n')

const dividedOtherwise = ({ parts = 1 }: OpenMetaOptions): QuartierError =>
  new QuartierError('STORE_PLACEMENT', `open the store in ${parts} parts: it was begun with another number of them`)

async function begin(options: OpenMetaOptions, silent: readonly Error[]): Promise<OpenedMeta> {
  if (silent.length > 0) throw unavailable('begin a store', silent)
  const { servers, copies, buckets, parts, otherwise } = options
  for (const server of otherwise === undefined ? [] : servers)
    if (await readCommit(server, { ...buckets, meta: otherwise as string }, options)) throw dividedOtherwise(options)
  const generations: Generation[] = [{ servers: servers.map((s) => s.name), copies, parts }]
  for (const server of servers) {
    await migrate(server, buckets, {}, options)
    await writeLines(server, buckets.meta, placementLine(generations) + commitLine(EMPTY), options)
  }
  const meta = { commit: EMPTY, generations, definitionLines: '', definitions: [], blocks: new Map(), unfinished: [] }
  return { meta, reachable: servers, lacking: [] }
}
