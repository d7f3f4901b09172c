import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import type { DistrictModel, SeriesDefinition } from '@quartier/contracts/schemas'
import { createRandom } from '../random.ts'
import { createEquipment, SOURCE } from './assets.ts'
import { createFrame } from './frame.ts'
import { createLayout, DEPTH, WIDTH } from './layout.ts'
import { createPlaces } from './places.ts'

export interface DistrictOptions {
  /** Any whole number; the same seed gives the same district. */
  readonly seed: number
  /** Number of series, 1 … 650,000. */
  readonly sensors: number
  /** Interval of every series, ms; each kind of device has its own when absent. */
  readonly intervalMs?: number
  /** First part of the series keys; `naseem`, the demonstration that speaks all formats, when absent. */
  readonly source?: string
}

/**
 * Naseem Quarter, an invented district of 31 ha in the manner of Doha's new downtown: courtyard buildings in blocks
 * on a slightly turned grid, squares, a garden, a tram loop and the bay. Drawn from the seed alone, so that the
 * registry and the simulator agree without asking each other. Parents precede their children.
 */
export function createDistrict(options: DistrictOptions): DistrictModel {
  const random = createRandom(options.seed)
  const layout = createLayout(random)
  const frame = createFrame(WIDTH, DEPTH, random)
  const { places, sites } = createPlaces(layout, frame)
  const { sensors, intervalMs, source = SOURCE } = options
  // Formats with names of their own cannot tell two districts apart: only the demonstration speaks them.
  const isPlain = source !== SOURCE
  const { assets, series } = createEquipment(sites, frame, random, sensors, { intervalMs, isPlain })
  return { places, assets, series: isPlain ? series.map(under(source)) : series }
}

/** The same series as another source's. */
const under =
  (source: string) =>
  (series: SeriesDefinition): SeriesDefinition => {
    const key = `${source}${series.key.slice(series.source.length)}`
    return { ...series, source, key, id: seriesIdText(seriesIdOf(key)) }
  }
