import type { DatabaseSync } from 'node:sqlite'
import type { EventColumns } from '../events/columns.ts'
import { type Block, BlockBuilder, isPersonal, type NewBlock } from './block.ts'
import { BLOCK_ROWS, HOUR_MS, SMALL_ROWS } from './limits.ts'
import type { Sifted } from './sift.ts'

export interface Placed {
  readonly block: NewBlock
  readonly level: number
  readonly hour: number
  readonly personal: boolean
}

/**
 * What was sifted as blocks: one, and another for what concerns people. They are of level 0, unless there is so much of
 * one hour that it need not be merged with anything.
 */
export function toSlips(sifted: Sifted): Placed[] {
  const { columns, which, row, words } = sifted
  const at = (i: number) => (columns[which[i] as number] as EventColumns).measuredAt[row[i] as number] as number
  const builders = [new BlockBuilder(), new BlockBuilder()] as const
  /** By record: places of origins in each builder, by device; and by device and asset where the payload names one. */
  const places = columns.map(() => [[], []] as [number[], number[]])
  const named = columns.map(() => new Map<string, number>())
  const placed: Placed[] = []
  const cut = (builder: BlockBuilder) => {
    const hour = hourOf(builder.timeOf(0))
    const isWhole = builder.rows >= SMALL_ROWS && hourOf(builder.timeOf(builder.rows - 1)) === hour
    const block = builder.take(isWhole)
    placed.push({ block, level: isWhole ? 1 : 0, hour, personal: builder === builders[1] })
  }
  for (const i of inOrder(which.length, at)) {
    const w = which[i] as number
    const c = columns[w] as EventColumns
    const r = row[i] as number
    const personal = isPersonal(c, r) ? 1 : 0
    const builder = builders[personal]
    const [device, asset] = [c.device[r] as number, c.asset[r] as number]
    const wordOf = () => builder.word((words[w] as Sifted['words'][number]).origin(device, asset))
    let origin: number | undefined
    if (asset === 0) {
      const known = (places[w] as [number[], number[]])[personal]
      origin = known[device] ??= wordOf()
    } else {
      const id = `${personal} ${device} ${asset}`
      origin = named[w]?.get(id) ?? wordOf()
      named[w]?.set(id, origin)
    }
    builder.add(c, r, origin)
    if (builder.rows >= BLOCK_ROWS) {
      cut(builder)
      for (const known of places) known[personal] = []
      for (const known of named) known.clear()
    }
  }
  for (const builder of builders) if (builder.rows > 0) cut(builder)
  return placed
}

/** The rows of some blocks as blocks of level 1: of one hour each, in order, of a bounded size. */
export function merged(blocks: readonly Block[], personal: boolean): Placed[] {
  const which: number[] = []
  const row: number[] = []
  blocks.forEach(({ columns }, b) => {
    for (let r = 0; r < columns.length; r++) {
      which.push(b)
      row.push(r)
    }
  })
  const at = (i: number) => (blocks[which[i] as number] as Block).columns.measuredAt[row[i] as number] as number
  const builder = new BlockBuilder()
  let places = blocks.map(() => [] as number[])
  let hour = Number.NaN
  const placed: Placed[] = []
  const cut = () => {
    placed.push({ block: builder.take(true), level: 1, hour, personal })
    places = blocks.map(() => [])
  }
  for (const i of inOrder(which.length, at)) {
    const { columns } = blocks[which[i] as number] as Block
    const r = row[i] as number
    const itsHour = hourOf(columns.measuredAt[r] as number)
    if (builder.rows > 0 && (itsHour !== hour || builder.rows >= BLOCK_ROWS)) cut()
    hour = itsHour
    const known = places[which[i] as number] as number[]
    const device = columns.device[r] as number
    known[device] ??= builder.word(columns.words[device] as string)
    builder.add(columns, r, known[device] as number)
  }
  if (builder.rows > 0) cut()
  return placed
}

export function insertBlocks(db: DatabaseSync, placed: readonly Placed[]): void {
  const insert = db.prepare(`insert into block (level, hour, personal, first_at, last_at, last_received_at, rows, bytes,
    severity, kinds, names) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const content = db.prepare('insert into content (block, data) values (?, ?)')
  for (const { block: b, level, hour, personal } of placed) {
    const times = [b.firstAt, b.lastAt, b.lastReceivedAt] as const
    const { lastInsertRowid: id } = insert.run(
      ...[level, hour, personal ? 1 : 0, ...times, b.rows, b.data.length, b.severity],
      ...[b.kinds, b.names],
    )
    content.run(id, b.data)
  }
}

/** Returns how many of them there were. */
export function deleteBlocks(db: DatabaseSync, ids: readonly number[]): number {
  const block = db.prepare('delete from block where id = ?')
  const content = db.prepare('delete from content where block = ?')
  let deleted = 0
  for (const id of ids) {
    deleted += Number(block.run(id).changes)
    content.run(id)
  }
  return deleted
}

const hourOf = (at: number): number => Math.floor(at / HOUR_MS)

/** Numbers 0 … n − 1 in ascending order of their times; equal ones keep theirs. */
function inOrder(n: number, at: (i: number) => number): Uint32Array {
  const order = new Uint32Array(n)
  const times = new Float64Array(n)
  let sorted = true
  for (let i = 0; i < n; i++) {
    order[i] = i
    times[i] = at(i)
    if (i > 0 && (times[i] as number) < (times[i - 1] as number)) sorted = false
  }
  return sorted ? order : order.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
}
