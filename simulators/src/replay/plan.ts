import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { QuartierError, type SeriesId, seriesIdOf, seriesIdText, seriesKey } from '@quartier/contracts'
import type { Asset, DistrictModel, Place, SeriesDefinition } from '@quartier/contracts/schemas'
import { hashOf } from '../random.ts'
import { type BacktestChoice, readBacktest } from './backtest/read-backtest.ts'
import { readMappedCsv } from './mapped-csv.ts'
import type { RecordedSeries, Recording } from './recording.ts'

export interface ReplayOptions extends BacktestChoice {
  /** How to read a CSV file (docs/replay.md); a folder with a `backtest.json` needs none. */
  readonly mapping?: string
  /** First part of the series keys; must be the source of the MQTT principal that sends. */
  readonly source?: string
  /** How many times as fast as it happened, > 0. Default 1. */
  readonly speed?: number
  /** Send the original times; the principal's source must be marked historical. */
  readonly keepTime?: boolean
  /** Only so many steps from the beginning. */
  readonly steps?: number
}

/** All readings of one instant, in the order of the file. */
export interface ReplayStep {
  /** When it happened, epoch ms. */
  readonly at: number
  /** Numbers of the series in `model.series`. */
  readonly series: Uint32Array
  readonly values: Float64Array
}

export interface ReplayPlan {
  readonly title: string
  readonly source: string
  readonly speed: number
  readonly keepTime: boolean
  /** What to register before the first reading is sent: the place, an asset for each device with a position, the series. */
  readonly model: DistrictModel
  readonly ids: readonly SeriesId[]
  /** Readings altogether, and the instants they share. */
  readonly total: number
  readonly stepCount: number
  /** First and last instant, epoch ms; the time it takes to send all of it, ms. */
  readonly fromAt: number
  readonly toAt: number
  readonly durationMs: number
  /** What the files hold beside: missing, repeated and unreadable. */
  readonly omitted: Recording['omitted']
  steps(): Iterable<ReplayStep>
  /** The `measuredAt` under which a step is sent in a replay that began at `startAt`. */
  measuredAt(stepAt: number, startAt: number): number
}

/**
 * Reads what is to be replayed: a folder with a `backtest.json`, or a time-stamped CSV file (also `.gz`) and its mapping.
 * @throws QuartierError REPLAY_MAPPING, REPLAY_MANIFEST, REPLAY_FILE, REPLAY_EMPTY, REPLAY_TOO_FAST
 */
export async function planReplay(path: string, options: ReplayOptions = {}): Promise<ReplayPlan> {
  const { speed = 1, keepTime = false } = options
  if (!(speed > 0)) throw new QuartierError('REPLAY_TOO_FAST', `the speed must be greater than 0, not ${speed}`)
  const recording = upTo(await read(path, options), options.steps ?? Number.POSITIVE_INFINITY)
  const source = options.source ?? recording.source
  const { times } = recording
  const total = times.length
  if (total === 0) throw new QuartierError('REPLAY_EMPTY', `${path} holds no reading that could be sent`)
  const { stepCount, shortestMs, typicalMs } = spacing(times)
  if (!keepTime && shortestMs / speed < 1)
    throw new QuartierError(
      'REPLAY_TOO_FAST',
      `at ×${speed} two steps ${shortestMs} ms apart would fall into one millisecond; the fastest is ×${Math.floor(shortestMs)}`,
    )
  const fromAt = times[0]!
  const toAt = times[total - 1]!
  const intervalMs = Math.max(1, Math.round(keepTime ? typicalMs : typicalMs / speed))
  const model = modelOf(recording, source, intervalMs, keepTime)
  return {
    title: recording.title,
    source,
    speed,
    keepTime,
    model,
    ids: model.series.map((s) => seriesIdOf(s.key)),
    total,
    stepCount,
    fromAt,
    toAt,
    durationMs: (toAt - fromAt) / speed,
    omitted: recording.omitted,
    steps: () => stepsOf(recording),
    measuredAt: (stepAt, startAt) => (keepTime ? stepAt : startAt + Math.round((stepAt - fromAt) / speed)),
  }
}

async function read(path: string, options: ReplayOptions): Promise<Recording> {
  if (!existsSync(path)) throw new QuartierError('REPLAY_FILE', `there is no ${path}`)
  const folder = statSync(path).isDirectory() ? path : undefined
  if (folder && existsSync(join(folder, 'backtest.json'))) return await readBacktest(folder, options)
  if (folder) throw new QuartierError('REPLAY_FILE', `${path} is a folder without a backtest.json`)
  if (options.mapping === undefined)
    throw new QuartierError(
      'REPLAY_MAPPING',
      `say with a mapping file which columns of ${path} are what (docs/replay.md)`,
    )
  return await readMappedCsv(path, options.mapping)
}

/** The first `steps` instants of a recording. */
function upTo(recording: Recording, steps: number): Recording {
  const { times } = recording
  let seen = 0
  for (let i = 0; i < times.length; i++) {
    if (i > 0 && times[i] === times[i - 1]) continue
    if (seen++ < steps) continue
    const { index, values } = recording
    return { ...recording, times: times.subarray(0, i), index: index.subarray(0, i), values: values.subarray(0, i) }
  }
  return recording
}

function* stepsOf({ times, index, values }: Recording): Generator<ReplayStep> {
  let from = 0
  for (let i = 1; i <= times.length; i++) {
    if (i < times.length && times[i] === times[from]) continue
    yield { at: times[from]!, series: index.subarray(from, i), values: values.subarray(from, i) }
    from = i
  }
}

/** Number of instants, and the shortest and the middle distance between two of them. */
function spacing(times: Float64Array): { stepCount: number; shortestMs: number; typicalMs: number } {
  const gaps: number[] = []
  let shortestMs = Number.POSITIVE_INFINITY
  let stepCount = times.length > 0 ? 1 : 0
  for (let i = 1; i < times.length; i++) {
    const gap = times[i]! - times[i - 1]!
    if (gap === 0) continue
    stepCount++
    shortestMs = Math.min(shortestMs, gap)
    if (gaps.length < 10_001) gaps.push(gap)
  }
  gaps.sort((a, b) => a - b)
  return { stepCount, shortestMs, typicalMs: gaps[gaps.length >> 1] ?? 60_000 }
}

function modelOf(recording: Recording, source: string, intervalMs: number, historical: boolean): DistrictModel {
  const placed = recording.series.filter(hasPosition)
  const places = placed.length === 0 ? [] : [placeOf(recording.title, source, placed)]
  const assets = new Map<string, Asset>()
  const keys = new Set<string>()
  const series = recording.series.map((s): SeriesDefinition => {
    const { device, property } = s
    const key = seriesKey({ source, device, property })
    if (keys.has(key))
      throw new QuartierError('REPLAY_MAPPING', `two columns or names of the file give the series ${key}`)
    keys.add(key)
    const assetId = hasPosition(s) ? assetIdOf(source, device) : null
    if (assetId && hasPosition(s) && !assets.has(assetId))
      assets.set(assetId, assetOf(s, assetId, recording, places[0]!.id))
    return {
      key,
      id: seriesIdText(seriesIdOf(key)),
      property,
      unit: s.unit,
      assetId,
      intervalMs,
      source,
      validMin: s.validMin ?? null,
      validMax: s.validMax ?? null,
      status: 'active',
      personal: false,
      historical,
    }
  })
  return { places, assets: [...assets.values()], series }
}

type Placed = RecordedSeries & { readonly longitude: number; readonly latitude: number }

const hasPosition = (s: RecordedSeries): s is Placed => Number.isFinite(s.longitude) && Number.isFinite(s.latitude)

/** At most 64 characters, also for long names. */
function assetIdOf(source: string, device: string): string {
  const id = `${source}:${device}`
  return id.length <= 64 ? id : `${id.slice(0, 55)}-${hashOf(id).toString(16).padStart(8, '0')}`
}

function assetOf(s: Placed, id: string, { assetKind }: Recording, placeId: string): Asset {
  const { longitude, latitude } = s
  const name = (s.label ?? s.device).slice(0, 120)
  const nothing = { nameAr: '', craft: '', contractor: '', statutoryClass: '' }
  return {
    ...nothing,
    id,
    kind: assetKind,
    placeId,
    parentId: null,
    name,
    longitude,
    latitude,
    level: 0,
    criticality: 1,
  }
}

/** A district of its own around all positions. */
function placeOf(title: string, source: string, placed: readonly Placed[]): Place {
  const west = Math.min(...placed.map((s) => s.longitude))
  const east = Math.max(...placed.map((s) => s.longitude))
  const south = Math.min(...placed.map((s) => s.latitude))
  const north = Math.max(...placed.map((s) => s.latitude))
  const margin = Math.max(0.001, (north - south) * 0.05)
  const [w, s, e, n] = [west - margin, south - margin, east + margin, north + margin]
  const ring = [
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ]
  const geometry = { type: 'Polygon' as const, coordinates: [ring] }
  const id = `rp-${source}`.slice(0, 64)
  return { id, kind: 'zone', parentId: null, name: title.slice(0, 120), nameAr: '', geometry, heightM: 0, widthM: 0 }
}
