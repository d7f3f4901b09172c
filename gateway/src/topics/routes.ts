import { QuartierError } from '@quartier/contracts'
import type { Codec, Route } from '../codecs/codec.ts'
import { isFilter } from './filter.ts'

/** Where a matched topic names its source, device and property: `[from, to)` in levels, empty when it does not. */
export interface RouteMatch {
  readonly codec: Codec
  readonly source: readonly [number, number]
  readonly device: readonly [number, number]
  readonly property: readonly [number, number]
  /** Source of clients that have none, where the topic names none. */
  readonly defaultSource: string
}

interface CompiledRoute {
  readonly levels: readonly string[]
  /** The last level takes one level or more (`{device+}`), or any number of them (`#`). */
  readonly open: boolean
  /** Levels that a topic must have at least. */
  readonly least: number
  readonly codec: Codec
  readonly defaultSource: string
}

export type CodecTable = Readonly<Record<string, (options?: Readonly<Record<string, unknown>>) => Codec>>

/** Finds the route of a topic; the first that matches wins. */
export class Routes {
  /** Changes when other routes hold: what is remembered of topics is then to be forgotten. */
  version = 0
  readonly #configured: readonly CompiledRoute[]
  readonly #codecs: CodecTable
  #routes: readonly CompiledRoute[]

  /** @throws QuartierError CONFIG_INVALID for a filter or codec that does not exist */
  constructor(routes: readonly Route[], codecs: CodecTable) {
    this.#codecs = codecs
    this.#configured = routes.map((r) => compile(r, codecs))
    this.#routes = this.#configured
  }

  /** From now on, these come before the configured ones, and instead of those that did. */
  putFirst(routes: readonly Route[]): void {
    this.#routes = [...routes.map((r) => compile(r, this.#codecs)), ...this.#configured]
    this.version++
  }

  match(topic: string): RouteMatch | undefined {
    const levels = topic.split('/')
    for (const route of this.#routes) {
      const m = matchRoute(route, levels)
      if (m && route.codec.reads?.(topic) !== false) return m
    }
    return undefined
  }

  /** Whether a subscription to `filter` can only ever match telemetry. */
  coversFilter(filter: string): boolean {
    const levels = filter.split('/')
    return this.#routes.some((r) => r.codec.reads === undefined && coversLevels(r, levels))
  }
}

function compile(route: Route, codecs: CodecTable): CompiledRoute {
  const make = codecs[route.codec]
  const wrong = (why: string) => new QuartierError('CONFIG_INVALID', `gateway.routes: "${route.filter}" ${why}`)
  if (!make) throw wrong(`names the codec "${route.codec}"; there are ${Object.keys(codecs).join(', ')}`)
  const levels = route.filter.split('/')
  const places = levels.filter((l) => l.startsWith('{'))
  if (places.some((p) => !['{source}', '{device}', '{device+}', '{property}'].includes(p)))
    throw wrong('has a placeholder other than {source}, {device}, {device+} and {property}')
  if (new Set(places).size !== places.length) throw wrong('holds a placeholder twice')
  if (levels.slice(0, -1).includes('{device+}')) throw wrong('may hold {device+} only at its end')
  if (!isFilter(route.filter.replaceAll('{device+}', 'x')) || levels[0] === '#' || levels[0] === '+')
    throw wrong('is not a topic filter of levels, placeholders, + and #, which may not begin with a wildcard')
  const isRest = levels.at(-1) === '#'
  const open = isRest || levels.at(-1) === '{device+}'
  const defaultSource = route.source ?? route.codec
  return { levels, open, least: levels.length - (isRest ? 1 : 0), codec: make(route.options), defaultSource }
}

function matchRoute(route: CompiledRoute, levels: readonly string[]): RouteMatch | undefined {
  const n = route.levels.length
  if (route.open ? levels.length < route.least : levels.length !== n) return undefined
  const spans: Record<string, [number, number]> = {}
  for (let i = 0; i < n; i++) {
    const wanted = route.levels[i] as string
    if (wanted === '#') break
    if (wanted === '+') continue
    if (wanted.startsWith('{')) {
      if (levels[i] === '') return undefined
      spans[wanted] = [i, i + 1]
    } else if (wanted !== levels[i]) return undefined
  }
  const none: [number, number] = [0, 0]
  const open = spans['{device+}']
  return {
    codec: route.codec,
    source: spans['{source}'] ?? none,
    device: open ? [open[0], levels.length] : (spans['{device}'] ?? none),
    property: spans['{property}'] ?? none,
    defaultSource: route.defaultSource,
  }
}

function coversLevels(route: CompiledRoute, filter: readonly string[]): boolean {
  const n = route.levels.length
  if (route.open ? filter.length < route.least : filter.length !== n) return false
  return filter.every((level, i) => {
    const wanted = route.levels[Math.min(i, n - 1)] as string
    if (level === '#') return route.open && i >= route.least
    return wanted.startsWith('{') || wanted === '+' || wanted === '#' || wanted === level
  })
}
