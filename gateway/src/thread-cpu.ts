/** CPU seconds that this thread has used. */
export function threadCpuSeconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

/** What measuring a span of time costs: the part that is measured with it, and all of it, ms. */
export interface TimerCost {
  readonly insideMs: number
  readonly wholeMs: number
}

/** The least of several rounds, since the first ones run before this is compiled. */
export function timerCost(): TimerCost {
  const rounds = Array.from({ length: 20 }, timerRound)
  return {
    insideMs: Math.min(...rounds.map((r) => r.insideMs)),
    wholeMs: Math.min(...rounds.map((r) => r.wholeMs)),
  }
}

function timerRound(): TimerCost {
  const n = 1_000
  let inside = 0
  const from = performance.now()
  for (let i = 0; i < n; i++) {
    const startedAt = performance.now()
    inside += performance.now() - startedAt
  }
  return { insideMs: inside / n, wholeMs: (performance.now() - from) / n }
}
