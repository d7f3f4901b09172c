import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { bytesOf } from '../bytes.ts'

/** No handle has been found yet. */
export const UNSOUGHT = -2

/** The metrics of an edge node, or of one of its devices, as its birth has named them: columns by place. */
export class Unit {
  /** Name of the device in series keys: `group/edge`, or `group/edge/device`. */
  readonly key: string
  readonly keyBytes: Uint8Array
  isOnline = false
  /** Of a device: it was there before the last birth of its node, and has not been born again since. */
  isAwaited = false
  /** The latest instant of a value, and that at which all went stale; epoch ms. */
  newestAt = 0
  staleAt = 0
  names: string[] = []
  properties: string[] = []
  aliases: number[] = []
  datatypes = new Uint8Array(0)
  /** Handle of each series, {@link UNSOUGHT} or -1 where there is none. */
  handles = new Int32Array(0)
  /** The last value that was stored; NaN where there is none. */
  last = new Float64Array(0)
  readonly placeOf = new Map<string, number>()

  constructor(key: string) {
    this.key = key
    this.keyBytes = bytesOf(key)
  }
}

/** Aliases beyond this many times the number of metrics are looked up in a map. */
const SPARSE = 16

/** Everything that is remembered of one edge node and its devices. */
export class Edge {
  readonly group: string
  readonly name: string
  /** The node itself at 0, then its devices. */
  readonly units: Unit[] = []
  readonly #unitOf = new Map<string, number>()
  /** Alias → unit and place in it. */
  #direct = new Int32Array(64).fill(-1)
  readonly #sparse = new Map<number, number>()
  #count = 0
  /** Of the last birth; -1 when it is not known. */
  bdSeq = -1
  /** The sequence number of the last message, -1 when it is not known. */
  seq = -1
  /** Sequence numbers that were skipped. */
  readonly missing = new Set<number>()
  /** When the first of those was missed; platform clock. */
  missedAt = 0
  /** A birth is wanted, and was asked for so often since the node last said something. */
  wantsBirth = false
  asked = 0
  askedAt = Number.NEGATIVE_INFINITY
  keptAt = Number.NEGATIVE_INFINITY
  /** Nothing was heard since this was restored. */
  isRestored = false
  /** It said nothing when it was asked, and is taken to have died: its session may still be going on. */
  isGivenUp = false
  /** Since when devices are awaited. */
  bornAt = 0

  constructor(group: string, name: string) {
    this.group = group
    this.name = name
    this.units.push(new Unit(`${group}/${name}`))
    this.#unitOf.set('', 0)
  }

  get node(): Unit {
    return this.units[0] as Unit
  }

  /** Metrics of the node and its devices. */
  get metrics(): number {
    let n = 0
    for (const unit of this.units) n += unit.names.length
    return n
  }

  /** The number of a device (`''`: the node itself); -1 when it has not been heard of. */
  indexOf(device: string): number {
    return this.#unitOf.get(device) ?? -1
  }

  /** The same, made when it is not there; -1 beyond the limit. */
  meet(device: string): number {
    const known = this.indexOf(device)
    if (known >= 0 || this.units.length >= MAX_UNITS) return known
    this.#unitOf.set(device, this.units.length)
    return this.units.push(new Unit(`${this.group}/${this.name}/${device}`)) - 1
  }

  /** Unit and place of an alias as {@link unitAt} and {@link placeAt} read them; -1 when it is not known. */
  find(alias: number): number {
    if (alias < this.#direct.length) return this.#direct[alias] as number
    return this.#sparse.get(alias) ?? -1
  }

  /** Forgets the aliases of a unit, before it is born again. */
  unname(index: number): void {
    const unit = this.units[index] as Unit
    for (const alias of unit.aliases) {
      const at = this.find(alias)
      if (at < 0 || unitAt(at) !== index) continue
      if (alias < this.#direct.length) this.#direct[alias] = -1
      else this.#sparse.delete(alias)
      this.#count--
    }
    unit.aliases = []
  }

  /** Gives an alias to a metric; false when another has it. */
  assign(alias: number, index: number, place: number): boolean {
    if (this.find(alias) >= 0) return false
    this.#count++
    const at = index * PLACES + place
    if (alias >= this.#direct.length && alias < SPARSE * (this.#count + 64)) this.#grow(alias)
    if (alias < this.#direct.length) this.#direct[alias] = at
    else this.#sparse.set(alias, at)
    return true
  }

  #grow(alias: number): void {
    const longer = new Int32Array(2 ** Math.ceil(Math.log2(alias + 1))).fill(-1)
    longer.set(this.#direct)
    this.#direct = longer
    for (const [sparse, at] of this.#sparse)
      if (sparse < longer.length) {
        longer[sparse] = at
        this.#sparse.delete(sparse)
      }
  }
}

const PLACES = 8_192
const MAX_UNITS = 10_000
export const unitAt = (at: number): number => Math.floor(at / PLACES)
export const placeAt = (at: number): number => at % PLACES

interface SavedUnit {
  readonly device: string
  readonly online: boolean
  readonly newestAt: number
  readonly staleAt: number
  readonly metrics: readonly (readonly [
    name: string,
    property: string,
    alias: number,
    datatype: number,
    last: number | null,
  ])[]
}

interface SavedEdge {
  readonly version: 1
  readonly bdSeq: number
  readonly units: readonly SavedUnit[]
}

/** The bytes of what must outlive the process. */
export function saveEdge(edge: Edge): Uint8Array {
  const prefix = edge.node.key.length + 1
  const saved: SavedEdge = {
    version: 1,
    bdSeq: edge.bdSeq,
    units: edge.units.map((u) => ({
      device: u.key.slice(prefix),
      online: u.isOnline,
      newestAt: u.newestAt,
      staleAt: u.staleAt,
      metrics: u.names.map((name, i) => {
        const last = u.last[i] as number
        return [
          name,
          u.properties[i] as string,
          u.aliases[i] ?? -1,
          u.datatypes[i] as number,
          Number.isNaN(last) ? null : last,
        ]
      }),
    })),
  }
  return deflateRawSync(JSON.stringify(saved), { level: 1 })
}

const MAX_BYTES = 64 * 1024 * 1024

/** The edge node `group/name` as it was saved; `undefined` when the bytes are none of ours. */
export function restoreEdge(bytes: Uint8Array, key: string): Edge | undefined {
  try {
    const saved = JSON.parse(inflateRawSync(bytes, { maxOutputLength: MAX_BYTES }).toString()) as SavedEdge
    const slash = key.indexOf('/')
    if (saved.version !== 1 || slash < 0) return undefined
    const edge = new Edge(key.slice(0, slash), key.slice(slash + 1))
    edge.bdSeq = saved.bdSeq
    edge.isRestored = true
    for (const u of saved.units) {
      const index = edge.meet(u.device)
      const unit = edge.units[index] as Unit
      unit.isOnline = u.online
      unit.newestAt = u.newestAt
      unit.staleAt = u.staleAt
      resize(unit, u.metrics.length)
      for (const [i, [name, property, alias, datatype, last]] of u.metrics.entries()) {
        unit.names[i] = name
        unit.properties[i] = property
        unit.aliases[i] = alias
        unit.datatypes[i] = datatype
        unit.last[i] = last ?? Number.NaN
        unit.placeOf.set(name, i)
        if (alias >= 0) edge.assign(alias, index, i)
      }
    }
    return edge
  } catch {
    return undefined // of another release, or broken: the node is asked to tell everything anew
  }
}

/** Makes room for so many metrics, none of which has a series or a value. */
export function resize(unit: Unit, metrics: number): void {
  unit.names = new Array(metrics)
  unit.properties = new Array(metrics)
  unit.aliases = new Array(metrics).fill(-1)
  unit.datatypes = new Uint8Array(metrics)
  unit.handles = new Int32Array(metrics).fill(UNSOUGHT)
  unit.last = new Float64Array(metrics).fill(Number.NaN)
  unit.placeOf.clear()
}
