import { parseArgs } from 'node:util'
import { threadCpuSeconds } from '../thread-cpu.ts'
import { mutant, seeded } from './hostile.ts'
import { tryAll } from './trial.ts'

/**
 * Throws changed payloads at every codec for a while: `node --expose-gc gateway/src/codecs/fuzz.ts --seed 7 --seconds 300`.
 * Exits with 1 and prints the payload when a codec throws, breaks a promise or takes its time; the same seed finds it again.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, seconds: { type: 'string', default: '10' } },
})
/** Of CPU, for all codecs together: what longer payloads of 256 KiB take. */
const SLOW_MS = 200
/** Payloads until code is compiled and caches are full. */
const WARM = 20_000

const seed = Number(values.seed)
const endAt = performance.now() + Number(values.seconds) * 1000
const below = seeded(seed)
let tried = 0
let accepted = 0
let slowest = { ms: 0, bytes: 0 }
let warmMb = heapMb()
while (performance.now() < endAt) {
  const payload = mutant(below)
  try {
    const { ms, taken } = timed(payload)
    accepted += taken
    // Not slow when it is faster the next time: then it was compiled or collected meanwhile.
    const again = ms > slowest.ms ? Math.min(ms, timed(payload).ms, timed(payload).ms) : 0
    if (again > slowest.ms) slowest = { ms: again, bytes: payload.length }
    if (again > SLOW_MS) throw new Error(`${again.toFixed(1)} ms for ${payload.length} bytes`)
  } catch (error) {
    console.error(`seed ${seed}, payload ${tried}: ${payload.toString('base64')}`)
    console.error(error)
    process.exit(1)
  }
  if (++tried === WARM) warmMb = heapMb()
}
console.log(
  `seed ${seed}: ${tried} payloads, accepted ${accepted} times, slowest ${slowest.ms.toFixed(1)} ms of CPU (${slowest.bytes} bytes), ` +
    `heap ${warmMb.toFixed(1)} MB after ${WARM} payloads, ${heapMb().toFixed(1)} MB in the end`,
)

/** All codecs on one payload: ms of this thread's CPU, however busy the machine is. */
function timed(payload: Uint8Array): { ms: number; taken: number } {
  const from = threadCpuSeconds()
  const taken = tryAll(payload)
  return { ms: (threadCpuSeconds() - from) * 1000, taken }
}

/** What is still held, if the program may collect the rest. */
function heapMb(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}
