import type { Attention, AttentionRow, TileAsset } from '@quartier/contracts/api'
import { pressure, SERIES_STATES, type SeriesState, SILENT, STATE_WORDS, type StateWord, SYSTEMS, type System } from '@quartier/contracts/live' // biome-ignore format: one line
import type { Scope } from '../access/scope.ts'
import type { Hierarchy } from './hierarchy.ts'
import type { Judgement } from './judgement.ts'
import { allowedZones } from './selection.ts'
import type { SeriesTable } from './series-table.ts'
import type { TileBook } from './tile-book.ts'

/** So many lines that say the same of assets of one kind become one. */
const FOLD_FROM = 5
const SYSTEM_OTHER = SYSTEMS.indexOf('other')

/** One asset, or series without one, and one kind of trouble. */
interface Trouble {
  readonly id: string
  readonly state: SeriesState
  /** Number of the asset; 0 is none. */
  readonly asset: number
  readonly zone: number
  readonly system: number
  readonly criticality: number
  /** Troubles with the same words are alike. */
  readonly alike: string
  series: number
  assets: number
  sinceAt: number
  /** The series that has been so for longest; -1 for a silent gateway. */
  place: number
}

/** A silent gateway, and how much of each zone and system is behind it. */
interface Silence {
  readonly trouble: Trouble
  readonly behind: { readonly zone: number; readonly system: number; series: number; assets: number }[]
}

/** Who asks: what they see, and what they want of it. */
interface Wish {
  /** By zone number: what they may see at all. */
  readonly visible: Uint8Array
  readonly allowed: Uint8Array
  readonly state: number | undefined
  readonly system: number | undefined
}

export interface AttentionQuestion {
  readonly within?: string | undefined
  readonly zoneId?: string | undefined
  readonly state?: StateWord | undefined
  readonly system?: string | undefined
  readonly limit: number
  readonly offset: number
}

interface AttentionDeps {
  readonly table: SeriesTable
  readonly hierarchy: Hierarchy
  readonly judgement: Judgement
  readonly book: TileBook
}

/** What needs a look now, for whoever asks; gathered once a second. */
export class AttentionBook {
  readonly #deps: AttentionDeps
  #troubles: readonly Trouble[] = []
  #silences: readonly Silence[] = []
  #at = 0
  #seen = ''

  constructor(deps: AttentionDeps) {
    this.#deps = deps
  }

  /** Looks at everything that is not normal. */
  update(at: number): void {
    this.#at = at
    this.#seen = this.#deps.hierarchy.version
    this.#troubles = [...this.#trouble()]
    this.#silences = [...this.#silence()]
  }

  answer(scope: Scope, { within, zoneId, state, system, limit, offset }: AttentionQuestion): Attention {
    const { hierarchy } = this.#deps
    // Zones may have been numbered anew since the last look.
    if (hierarchy.version !== this.#seen) this.update(this.#at)
    const allowed = allowedZones(hierarchy.zoneIds, scope, zoneId === undefined ? undefined : [zoneId])
    const wish = {
      visible: allowedZones(hierarchy.zoneIds, scope),
      allowed,
      state: state && STATE_WORDS.indexOf(state),
      system: system === undefined ? undefined : SYSTEMS.indexOf(system as System),
    }
    const silent = this.#silencesFor(wish)
    const wanted = [...silent, ...this.#troubles.filter((t) => matches(t, wish) && allowed[t.zone] === 1)]
    const lines = within === undefined ? fold(wanted) : this.#within(within, wanted, wish)
    lines.sort(byPressure)
    return {
      at: this.#at,
      counts: this.#counts(allowed),
      silentGateways: silent.filter((t) => t.asset > 0).length,
      total: lines.length,
      rows: lines.slice(offset, offset + limit).map((line) => this.#row(line)),
    }
  }

  #counts(allowed: Uint8Array): number[] {
    const { judgement, hierarchy } = this.#deps
    const { groups } = judgement.rollup
    const counts = new Array<number>(SERIES_STATES).fill(0)
    for (const [row, { zone }] of hierarchy.groups.entries())
      if (allowed[zone] === 1 && row < groups.length)
        for (let state = 0; state < SERIES_STATES; state++)
          counts[state] = (counts[state] as number) + groups.count(row, state)
    return counts
  }

  /** Silent gateways as far as somebody sees what is behind them; of a gateway elsewhere only that there is silence. */
  #silencesFor(wish: Wish): Trouble[] {
    const { zoneIds } = this.#deps.hierarchy
    const found: Trouble[] = []
    const elsewhere = new Map<number, Trouble>()
    for (const { trouble, behind } of this.#silences) {
      const whole = matches(trouble, wish)
      const seen = behind.filter((b) => wish.allowed[b.zone] === 1 && (whole || matches({ ...b, state: SILENT }, wish)))
      if (wish.visible[trouble.zone] === 1) {
        if (seen.length > 0) found.push({ ...trouble, ...total(seen) })
        continue
      }
      for (const part of seen) {
        const known = elsewhere.get(part.zone)
        if (known) Object.assign(known, total([known, part]), { sinceAt: Math.min(known.sinceAt, trouble.sinceAt) })
        else {
          const id = SILENCE + (zoneIds[part.zone - 1] ?? '')
          const { series, assets, zone, system } = part
          elsewhere.set(part.zone, {
            ...trouble,
            id,
            alike: id,
            asset: 0,
            criticality: 1,
            zone,
            system,
            series,
            assets,
          })
        }
      }
    }
    return [...found, ...elsewhere.values()]
  }

  /** One line for each of what a line stands for. */
  #within(id: string, wanted: readonly Trouble[], wish: Wish): Line[] {
    const line = wanted.find((t) => t.id === id && t.place < 0)
    if (!line) return wanted.filter((t) => ALIKE + t.alike === id).map(lineOf)
    if (line.asset > 0) return this.#behind(line.asset, wish.allowed)
    const own = new Uint8Array(wish.allowed.length)
    own[line.zone] = 1
    const hidden = this.#silences.filter(({ trouble }) => wish.visible[trouble.zone] !== 1)
    return hidden.flatMap(({ trouble }) => this.#behind(trouble.asset, own))
  }

  #behind(gateway: number, allowed: Uint8Array): Line[] {
    const { hierarchy, book, judgement } = this.#deps
    const behind = hierarchy.behind.get(gateway) ?? []
    return behind.flatMap((asset) => {
      const places = book.placesOf(asset)
      if (places.length === 0 || allowed[hierarchy.zone[asset] ?? 0] !== 1) return []
      const trouble = this.#troubleOf(asset, SILENT, places[0] as number)
      trouble.series = places.length
      trouble.sinceAt = places.reduce(
        (since, place) => Math.min(since, judgement.since(place)),
        Number.POSITIVE_INFINITY,
      )
      return [lineOf(trouble)]
    })
  }

  /** Gateways from behind which nothing comes any more. */
  *#silence(): Generator<Silence> {
    const { judgement, hierarchy, book, table } = this.#deps
    const { rollup } = judgement
    for (const gateway of rollup.silentGateways) {
      const word = table.assets.word(gateway)
      const facts = hierarchy.district.asset(word)
      const trouble: Trouble = {
        id: GATEWAY + word,
        state: SILENT,
        asset: gateway,
        zone: hierarchy.zone[gateway] ?? 0,
        system: hierarchy.system[gateway] ?? SYSTEM_OTHER,
        criticality: facts?.criticality ?? 1,
        alike: [facts?.kind ?? '', '', 'silent'].join(':'),
        series: 0,
        assets: 0,
        sinceAt: 0,
        place: -1,
      }
      const behind = new Map<number, Silence['behind'][number]>()
      for (const asset of hierarchy.behind.get(gateway) ?? []) {
        const series = rollup.assets.count(asset, SILENT)
        if (series === 0) continue
        const zone = hierarchy.zone[asset] ?? 0
        const system = hierarchy.system[asset] ?? SYSTEM_OTHER
        const part = behind.get(zone * SYSTEMS.length + system) ?? { zone, system, series: 0, assets: 0 }
        behind.set(zone * SYSTEMS.length + system, part)
        part.series += series
        part.assets++
        // Silent since the last of them was heard.
        for (const place of book.placesOf(asset))
          trouble.sinceAt = Math.max(trouble.sinceAt, table.state.measuredAt(place))
      }
      yield { trouble, behind: [...behind.values()] }
    }
  }

  /** Everything else, by asset and state. */
  #trouble(): Iterable<Trouble> {
    const { judgement, table } = this.#deps
    const found = new Map<number, Trouble>()
    for (const place of judgement.troubled()) {
      const asset = table.asset[place] as number
      const state = judgement.state(place)
      // Without an asset each series stands for itself.
      const key = asset > 0 ? asset * SERIES_STATES + state : -1 - place
      const since = judgement.since(place)
      const known = found.get(key)
      if (!known) {
        const trouble = this.#troubleOf(asset, state, place)
        trouble.sinceAt = since
        found.set(key, trouble)
        continue
      }
      known.series++
      if (since >= known.sinceAt) continue
      known.sinceAt = since
      known.place = place
    }
    return found.values()
  }

  #troubleOf(asset: number, state: SeriesState, place: number): Trouble {
    const { hierarchy, table } = this.#deps
    const id = table.assets.word(asset)
    const facts = hierarchy.district.asset(id)
    const word = STATE_WORDS[state]
    return {
      id: asset > 0 ? `asset:${id}:${word}` : `series:${table.key(place)}`,
      state,
      asset,
      zone: hierarchy.zone[asset] ?? 0,
      system: hierarchy.system[asset] ?? SYSTEM_OTHER,
      criticality: facts?.criticality ?? 1,
      alike: [facts?.kind ?? '', table.property(place), word].join(':'),
      series: 1,
      assets: asset > 0 ? 1 : 0,
      sinceAt: 0,
      place,
    }
  }

  #row({ trouble, id, series, assets, sinceAt, zone }: Line): AttentionRow {
    const { book, hierarchy } = this.#deps
    const asset: TileAsset | null = book.asset(trouble.asset) ?? null
    return {
      id,
      state: STATE_WORDS[trouble.state],
      series,
      assets,
      criticality: trouble.criticality,
      sinceAt,
      asset,
      zoneId: hierarchy.zoneIds[zone - 1] ?? null,
      system: SYSTEMS[trouble.system] ?? 'other',
      reading: trouble.place < 0 ? null : this.#reading(trouble.place),
    }
  }

  #reading(place: number): AttentionRow['reading'] {
    const { table } = this.#deps
    const { key, property, unit, validMin, validMax } = table.describe(place)
    const at = table.state.measuredAt(place)
    const known = at > 0
    return {
      key,
      property,
      unit,
      value: known ? table.state.value(place) : null,
      measuredAt: known ? at : null,
      validMin,
      validMax,
    }
  }
}

const GATEWAY = 'gateway:'
const SILENCE = 'silence:'
const ALIKE = 'alike:'

const matches = ({ state, system }: Pick<Trouble, 'state' | 'system'>, wish: Wish): boolean =>
  (wish.state === undefined || state === wish.state) && (wish.system === undefined || system === wish.system)

const total = (parts: readonly { readonly series: number; readonly assets: number }[]) => ({
  series: parts.reduce((n, part) => n + part.series, 0),
  assets: parts.reduce((n, part) => n + part.assets, 0),
})

/** What is told: one trouble, or many alike with the most critical in front. */
interface Line {
  readonly id: string
  readonly trouble: Trouble
  readonly series: number
  readonly assets: number
  readonly sinceAt: number
  /** 0 when several zones are concerned. */
  readonly zone: number
}

const lineOf = (trouble: Trouble): Line => {
  const { id, series, assets, sinceAt, zone } = trouble
  return { id, trouble, series, assets, sinceAt, zone }
}

/** Many troubles that are alike become one line. */
function fold(troubles: readonly Trouble[]): Line[] {
  const lines: Line[] = []
  for (const [alike, same] of Map.groupBy(troubles, (t) => t.alike)) {
    if (same.length < FOLD_FROM) {
      lines.push(...same.map(lineOf))
      continue
    }
    const first = same.reduce((a, b) => (b.criticality > a.criticality || (b.criticality === a.criticality && b.sinceAt < a.sinceAt) ? b : a)) // biome-ignore format: one line
    lines.push({
      id: ALIKE + alike,
      trouble: first,
      series: same.reduce((n, t) => n + t.series, 0),
      assets: same.reduce((n, t) => n + t.assets, 0),
      sinceAt: same.reduce((since, t) => Math.min(since, t.sinceAt), Number.POSITIVE_INFINITY),
      zone: same.every((t) => t.zone === first.zone) ? first.zone : 0,
    })
  }
  return lines
}

const byPressure = (a: Line, b: Line): number =>
  pressure(a.trouble.state) - pressure(b.trouble.state) ||
  b.trouble.criticality - a.trouble.criticality ||
  (a.id < b.id ? -1 : 1)
