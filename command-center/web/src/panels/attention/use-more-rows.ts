import type { Attention, AttentionRow } from '@quartier/contracts/api'
import { useEffect, useMemo, useRef, useState } from 'react'
import { fetchAttention } from '../../api/client.ts'

/** Lines that are asked for at a time. */
const PAGE = 200

interface MoreRows {
  /** What is pushed, and below it what was asked for. */
  readonly rows: readonly AttentionRow[]
  /** Lines that nobody has asked for. */
  readonly left: number
  more(): void
}

/** The list as it is pushed, with a way to see what it leaves out. */
export function useMoreRows({ rows, total }: Attention): MoreRows {
  const [further, setFurther] = useState<readonly AttentionRow[]>([])
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  const shown = useMemo(() => {
    const pushed = new Set(rows.map(({ id }) => id))
    return [...rows, ...further.filter(({ id }) => !pushed.has(id))]
  }, [rows, further])
  return {
    rows: shown,
    left: Math.max(0, total - shown.length),
    more() {
      abort.current?.abort()
      abort.current = new AbortController()
      const query = new URLSearchParams({ offset: String(shown.length), limit: String(PAGE) })
      fetchAttention(query, abort.current.signal).then(
        (page) => setFurther((before) => [...before, ...page.rows]),
        () => undefined, // the button stays
      )
    },
  }
}
