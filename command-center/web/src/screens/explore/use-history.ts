import type { SeriesCard, WindowsView } from '@quartier/contracts/api'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { fetchHistory, fetchSeriesCard, RequestError } from '../../api/client.ts'
import { timeZone } from '../../i18n/format.ts'
import type { Pair } from './lanes.ts'
import type { Compare, Range } from './view.ts'
import { daysBack } from './zoned-time.ts'

export type Card = SeriesCard | 'asking' | 'gone'

/** What each series is and where it stands; asked for once. */
export function useCards(keys: readonly string[]): ReadonlyMap<string, Card> {
  const [cards, setCards] = useState<ReadonlyMap<string, Card>>(new Map())
  const asked = useRef(new Set<string>())
  useEffect(() => {
    for (const key of keys) {
      if (asked.current.has(key)) continue
      asked.current.add(key)
      fetchSeriesCard(key).then(
        (card) => setCards((before) => new Map(before).set(key, card)),
        (error: Error) => {
          const gone = error instanceof RequestError && error.status === 404
          if (gone) setCards((before) => new Map(before).set(key, 'gone'))
          else setTimeout(() => asked.current.delete(key), RETRY_MS)
        },
      )
    }
  })
  return useMemo(() => new Map(keys.map((key) => [key, cards.get(key) ?? 'asking'])), [keys, cards])
}

const RETRY_MS = 5_000

/** Windows of all that is chosen, and of the time that they are compared with. */
export interface History extends Pair {
  readonly keys: readonly string[]
  /** What was asked for, epoch ms; the windows reach a little beyond. */
  readonly from: number
  readonly to: number
}

export interface HistoryState {
  /** The last that came; of another range or choice as long as `loading`. */
  readonly history: History | undefined
  readonly loading: boolean
  readonly error: Error | undefined
  retry(): void
}

/** Asks for history whenever something else is shown, and again and again where now is followed. What was there stays until then. */
export function useHistory(keys: readonly string[], range: Range, compare: Compare | undefined): HistoryState {
  const [state, setState] = useState<{ asked?: string; history?: History; error?: Error }>({})
  const [attempt, setAttempt] = useState(0)
  const retry = useCallback(() => setAttempt((n) => n + 1), [])
  const question = JSON.stringify([keys, range, compare, timeZone()])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the question stands for what it is made of; attempt asks again
  useEffect(() => {
    if (keys.length === 0) {
      setState({})
      return
    }
    const abort = new AbortController()
    askHistory(keys, range, compare, abort.signal).then(
      (history) => setState({ asked: question, history }),
      (error: Error) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, asked: question, error }))
      },
    )
    return () => abort.abort()
  }, [question, attempt])

  const { history, error, asked } = state
  const followed = range.type === 'last' && keys.length > 0
  const everyMs = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, (history?.view.stepMs ?? 0) / 2))
  useEffect(() => {
    if (!followed) return
    const timer = setInterval(() => document.visibilityState === 'visible' && retry(), everyMs)
    return () => clearInterval(timer)
  }, [followed, everyMs, retry])

  const loading = keys.length > 0 && asked !== question
  return { history, loading, error: loading ? undefined : error, retry }
}

/** How often what is followed is asked for anew: half a window, but not less often or more often than this. */
const FASTEST_MS = 4_000
const SLOWEST_MS = 60_000

async function askHistory(
  keys: readonly string[],
  range: Range,
  compare: Compare | undefined,
  signal: AbortSignal,
): Promise<History> {
  const view = await fetchHistory(keys, range.type === 'last' ? { last: range.ms } : range, signal)
  const [from, to] = range.type === 'last' ? [view.at - range.ms, view.at] : [range.from, range.to]
  const backMs = compare ? daysBack(compare === 'week' ? 7 : 1, from, timeZone()) : 0
  const earlier = compare && (await fetchHistory(keys, sameWindows(view, backMs), signal))
  return { keys, from, to, view, earlier, backMs }
}

const sameWindows = ({ from, stepMs, windows }: WindowsView, backMs: number) => ({
  from: from - backMs,
  to: from - backMs + windows * stepMs,
  step: stepMs,
})
