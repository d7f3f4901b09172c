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
    /** Those since the last call, in words. */
    take(): string {
      const sorted = took.sort((a, b) => a - b)
      took = []
      if (sorted.length === 0) return 'none came'
      const p99 = sorted[Math.floor(sorted.length * 0.99)] as number
      return `p99 ${Math.round(p99)} ms, longest ${Math.round(sorted.at(-1) as number)} ms`
    },
    stop: () => clearInterval(timer),
  }
}
