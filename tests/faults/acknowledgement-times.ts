import type { TrackedDevice } from '../load/tracked-publisher.ts'
import type { Trial } from './trial.ts'

const EVERY_MS = 20

/** One more device, which publishes a reading every 20 ms and knows how long each acknowledgement took. */
export function timeAcknowledgements(trial: Trial) {
  const sentAt: number[] = []
  let took: number[] = []
  const device: TrackedDevice = trial.device('timed', {
    onAcknowledged: (n) => took.push(performance.now() - (sentAt[n] as number)),
  })
  const timer = setInterval(() => {
    sentAt.push(performance.now())
    device.publish()
  }, EVERY_MS)
  return {
    published: () => sentAt.length,
    /** Milliseconds since the last call: 99th percentile and longest. */
    take(): { readonly p99: number; readonly longest: number } {
      const sorted = took.sort((a, b) => a - b)
      took = []
      return { p99: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0), longest: Math.round(sorted.at(-1) ?? 0) }
    },
    stop: () => clearInterval(timer),
  }
}
