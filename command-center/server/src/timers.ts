/** Does `work` every `ms` of real time; a round that is not over yet is not joined by another. Returns the end. */
export function every(ms: number, work: () => unknown, failed: (error: unknown) => void): () => void {
  let busy = false
  const round = async () => {
    if (busy) return
    busy = true
    try {
      await work()
    } catch (error) {
      failed(error)
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void round(), ms)
  return () => clearInterval(timer)
}
