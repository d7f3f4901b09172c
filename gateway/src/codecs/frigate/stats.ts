import { cleanName } from '../../privacy/scrub.ts'
import type { ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { readTree } from '../json/tree.ts'

/** How well each camera does, by Frigate's names and ours. */
const RATES: Readonly<Record<string, string>> = {
  camera_fps: 'fps.camera',
  process_fps: 'fps.processed',
  skipped_fps: 'fps.skipped',
  detection_fps: 'fps.detection',
}
const MAX_CAMERAS = 1_000

/** A message on `stats`: rates of each camera. The rest names processes with the addresses they read from. */
export function decodeStats(b: Uint8Array, from: number, to: number, sink: ReadingSink): number {
  const root = readTree(b, from, to)
  if (root === undefined) return -1
  const cameras = root instanceof Map ? root.get('cameras') : undefined
  if (!(root instanceof Map) || !(cameras instanceof Map) || cameras.size > MAX_CAMERAS)
    return fail('frigate-stats', 'the message names no cameras', -1)
  for (const [name, facts] of cameras) {
    const camera = cleanName(name)
    if (camera === '' || !(facts instanceof Map)) continue
    for (const [key, property] of Object.entries(RATES)) {
      const value = facts.get(key)
      if (typeof value !== 'number' || !Number.isFinite(value)) continue
      const series = sink.seriesByName(camera, property, 'Hz')
      if (series >= 0) sink.add(series, Number.NaN, value, 0)
    }
  }
  if (root.has('cpu_usages')) sink.privacy?.removed('', 'uri', 1)
  return 0
}
