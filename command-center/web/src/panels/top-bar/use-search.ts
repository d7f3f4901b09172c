import type { SearchView } from '@quartier/contracts/api'
import { useEffect, useMemo, useState } from 'react'
import { fetchSearch } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import { type Hit, hitsOf, questionsOf, searchPlaces } from './search.ts'

/** Somebody who types fast asks once. */
const DEBOUNCE_MS = 110

interface Found {
  readonly hits: readonly Hit[]
  /** The answer to what is written now has not come yet. */
  readonly waiting: boolean
  readonly failed: boolean
}

/** What the words find: places at once, the rest as soon as the server answers. A new word lets the old question go. */
export function useSearch(text: string): Found {
  const { language } = useWords()
  const registry = useRegistry()
  const asked = text.trim()
  const [answer, setAnswer] = useState<{ text: string; found: readonly SearchView[]; failed: boolean }>()
  useEffect(() => {
    if (asked === '') {
      setAnswer(undefined)
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      Promise.all(questionsOf(asked).map((query) => fetchSearch(query, abort.signal))).then(
        (found) => setAnswer({ text: asked, found, failed: false }),
        () => {
          if (!abort.signal.aborted) setAnswer({ text: asked, found: [], failed: true })
        },
      )
    }, DEBOUNCE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [asked])
  const places = useMemo(() => searchPlaces(asked, registry, language), [asked, registry, language])
  const hits = useMemo(
    () => hitsOf(answer?.found ?? [], places, registry, language),
    [answer, places, registry, language],
  )
  return { hits, waiting: answer?.text !== asked, failed: answer?.failed ?? false }
}
