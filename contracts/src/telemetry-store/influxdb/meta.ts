import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { QuartierError } from '../../errors.ts'
import type { Position } from '../../event-log/port.ts'
import { readTables } from './csv.ts'
import { metaQuery } from './flux.ts'
import { quotedField } from './lines.ts'
import type { Buckets } from './migrate.ts'
import type { Generation } from './placement.ts'
import { type CallOptions, InfluxError, type InfluxServer, query } from './server.ts'

/** What a flush makes true, written after everything that it speaks of. */
export interface Commit {
  readonly flush: number
  readonly position: Position
  /** Blocks of definitions and of state that there are. */
  readonly definitions: number
  readonly blocks: number
  readonly readings: number
  readonly oldestAt: number | null
  readonly newestAt: number | null
}

/** Everything one server's meta bucket says. */
export interface Meta {
  readonly commit: Commit
  readonly generations: readonly Generation[]
  /** Lines as they were read, to be written to a server that lacks them. */
  readonly definitionLines: string
  readonly definitions: readonly Uint8Array[]
  /** By block: the text, and at which of its two places it stands. */
  readonly blocks: ReadonlyMap<number, { readonly text: string; readonly place: number }>
  /** Blocks of which a flush that was never committed left a state: they are written again. */
  readonly unfinished: readonly number[]
}

/** Bytes of one string field; InfluxDB takes 64 KiB. */
const PIECE = 45_000
const PIECES = 1000
/** Rows of one question. */
const PAGE = 4000

export const commitLine = (commit: Commit): string => `commit json=${quotedField(JSON.stringify(commit))} 0\n`
export const placementLine = (generations: readonly Generation[]): string =>
  `placement json=${quotedField(JSON.stringify(generations))} 0\n`

/** Who writes the store: the process that opened it last. */
export const writerLine = (writer: string): string => `writer id=${quotedField(writer)} 0\n`

/** Definitions as {@link SeriesTable} encodes them, packed and cut into pieces: times are block · 1000 + piece. */
export function definitionLines(block: number, definitions: Uint8Array): string {
  const bytes = deflateRawSync(definitions)
  let lines = ''
  for (let piece = 0; piece * PIECE < bytes.length; piece++) {
    const text = Buffer.from(bytes.subarray(piece * PIECE, (piece + 1) * PIECE)).toString('base64')
    lines += `definitions data="${text}" ${block * PIECES + piece}\n`
  }
  return lines
}

/** The state of a block of series: two places take turns, so that the one of the last commit is never overwritten. */
export const stateLine = (block: number, place: number, flush: number, text: string): string =>
  `state data="${flush}:${text}" ${block * 2 + place}\n`

/** The last commit on a server and its placement; `undefined` on one that no store has used. */
export async function readCommit(
  server: InfluxServer,
  buckets: Buckets,
  options: CallOptions,
): Promise<Pick<Meta, 'commit' | 'generations'> | undefined> {
  const json = async (measurement: string) => {
    try {
      return (await rows(server, metaQuery(buckets.meta, measurement, 'json', 0, 1), options))[0]?.text
    } catch (error) {
      // InfluxDB says 404 for a bucket that is not there.
      if (error instanceof InfluxError && error.status === 404) return undefined
      throw error
    }
  }
  const [commit, generations] = [await json('commit'), await json('placement')]
  if (!commit || !generations) return undefined
  return { commit: JSON.parse(commit) as Commit, generations: JSON.parse(generations) as Generation[] }
}

/** Reads the rest of what belongs to a commit. @throws QuartierError STORE_CORRUPT when a part is not there */
export async function readMeta(
  server: InfluxServer,
  buckets: Buckets,
  head: Pick<Meta, 'commit' | 'generations'>,
  options: CallOptions,
): Promise<Meta> {
  const { commit } = head
  const { lines, definitions } = await readDefinitions(server, buckets, 0, commit.definitions, options)
  const { blocks, unfinished } = await readStates(server, buckets, commit, [0, commit.blocks], options)
  return { ...head, definitionLines: lines, definitions, blocks, unfinished }
}

/** Blocks `[from, to)` of definitions, and the lines that they stand in. @throws QuartierError STORE_CORRUPT */
export async function readDefinitions(
  server: InfluxServer,
  buckets: Buckets,
  from: number,
  to: number,
  options: CallOptions,
): Promise<{ lines: string; definitions: Uint8Array[] }> {
  let lines = ''
  const pieces: Buffer[][] = Array.from({ length: to - from }, () => [])
  const span = [from * PIECES, to * PIECES] as const
  for await (const { at, text } of pages(server, buckets, 'definitions', span, options)) {
    lines += `definitions data="${text}" ${at}\n`
    pieces[Math.floor(at / PIECES) - from]?.push(Buffer.from(text, 'base64'))
  }
  if (pieces.some((p) => p.length === 0)) throw incomplete(server, buckets)
  return { lines, definitions: pieces.map((p) => inflateRawSync(Buffer.concat(p))) }
}

/** The states of the blocks `[from, to)` as of a commit. @throws QuartierError STORE_CORRUPT */
export async function readStates(
  server: InfluxServer,
  buckets: Buckets,
  commit: Commit,
  [from, to]: readonly [from: number, to: number],
  options: CallOptions,
): Promise<Pick<Meta, 'blocks' | 'unfinished'>> {
  const unfinished: number[] = []
  const blocks = new Map<number, { text: string; place: number; flush: number }>()
  for await (const { at, text } of pages(server, buckets, 'state', [from * 2, to * 2], options)) {
    const colon = text.indexOf(':')
    const flush = Number(text.slice(0, colon))
    const block = Math.floor(at / 2)
    if (flush > commit.flush) unfinished.push(block)
    if (flush > commit.flush || flush < (blocks.get(block)?.flush ?? 0)) continue
    blocks.set(block, { text: text.slice(colon + 1), place: at % 2, flush })
  }
  if (blocks.size < to - from) throw incomplete(server, buckets)
  return { blocks, unfinished }
}

const incomplete = (server: InfluxServer, { meta }: Buckets): QuartierError =>
  new QuartierError('STORE_CORRUPT', `open the store on ${server.name}: parts of ${meta} are missing`)

/** The writer that an answer to this question names. */
export const writerQuery = (buckets: Buckets): string => metaQuery(buckets.meta, 'writer', 'id', 0, 1)
export function writerIn(csv: string): string {
  let writer = ''
  readTables(
    csv,
    () => 0,
    (_, _at, id) => {
      writer = id
    },
  )
  return writer
}

async function* pages(
  server: InfluxServer,
  { meta }: Buckets,
  measurement: string,
  [begin, end]: readonly [begin: number, end: number],
  options: CallOptions,
): AsyncGenerator<{ at: number; text: string }> {
  const step = measurement === 'definitions' ? PAGE * PIECES : PAGE
  for (let from = begin; from < end; from += step)
    yield* await rows(server, metaQuery(meta, measurement, 'data', from, Math.min(end, from + step)), options)
}

async function rows(server: InfluxServer, flux: string, options: CallOptions) {
  const out: { at: number; text: string }[] = []
  readTables(
    await query(server, flux, options),
    () => out,
    (list, at, text) => list.push({ at, text }),
  )
  return out
}
