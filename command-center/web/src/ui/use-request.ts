import { useCallback, useEffect, useState } from 'react'

export interface RequestState<T> {
  /** The newest answer; kept with its age while a newer one is asked for. */
  readonly data: T | undefined
  readonly error: Error | undefined
  readonly loading: boolean
  retry(): void
}

/**
 * Asks whenever `key` changes, and again every `refreshMs` when that is given. A new key forgets the old answer.
 */
export function useRequest<T>(
  key: string | undefined,
  request: (signal: AbortSignal) => Promise<T>,
  refreshMs?: number,
): RequestState<T> {
  const [state, setState] = useState<{ key?: string; data?: T; error?: Error }>({})
  const [attempt, setAttempt] = useState(0)
  const retry = useCallback(() => setAttempt((n) => n + 1), [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the request; attempt asks again
  useEffect(() => {
    if (key === undefined) return
    const abort = new AbortController()
    request(abort.signal).then(
      (data) => setState({ key, data }),
      (error: Error) => {
        if (!abort.signal.aborted) setState((before) => ({ ...(before.key === key ? before : {}), key, error }))
      },
    )
    return () => abort.abort()
  }, [key, attempt])

  useEffect(() => {
    if (refreshMs === undefined) return
    const timer = setInterval(retry, refreshMs)
    return () => clearInterval(timer)
  }, [refreshMs, retry])

  const current = state.key === key ? state : {}
  return {
    data: current.data,
    error: current.error,
    loading: key !== undefined && !current.data && !current.error,
    retry,
  }
}
