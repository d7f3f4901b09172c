import { parseArgs } from 'node:util'
import { mutant, seeded } from './hostile.ts'
import { tryAll } from './trial.ts'

/**
 * Throws changed payloads at every codec for a while: `node gateway/src/codecs/fuzz.ts --seed 7 --seconds 60`.
 * Exits with 1 and prints the payload when a codec throws or breaks a promise; the same seed finds it again.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, seconds: { type: 'string', default: '10' } },
})
const seed = Number(values.seed)
const endAt = performance.now() + Number(values.seconds) * 1000
const below = seeded(seed)
let tried = 0
let accepted = 0
let slowest = { ms: 0, bytes: 0 }
while (performance.now() < endAt) {
  const payload = mutant(below)
  const startedAt = performance.now()
  try {
    accepted += tryAll(payload)
  } catch (error) {
    console.error(`seed ${seed}, payload ${tried}: ${payload.toString('base64')}`)
    console.error(error)
    process.exit(1)
  }
  const ms = performance.now() - startedAt
  if (ms > slowest.ms) slowest = { ms, bytes: payload.length }
  tried++
}
const memoryMb = Math.round(process.memoryUsage.rss() / 1e6)
console.log(
  `seed ${seed}: ${tried} payloads, accepted ${accepted} times, slowest ${slowest.ms.toFixed(1)} ms (${slowest.bytes} bytes), ${memoryMb} MB resident`,
)
