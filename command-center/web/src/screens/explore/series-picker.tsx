import type { SeriesPage } from '@quartier/contracts/api'
import { Check } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { searchSeries } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { errorWords } from '../../ui/error-words.ts'
import { SERIES_MOST } from './view.ts'
import { hitWords } from './words.ts'

interface Props {
  readonly chosen: readonly string[]
  onAdd(key: string): void
  onRemove(key: string): void
}

const HITS = 40
const SETTLES_MS = 120

/** Finds series by what they are called and where they are, and takes several, one after the other. */
export function SeriesPicker({ chosen, onAdd, onRemove }: Props) {
  const { t, language } = useWords()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const [open, setOpen] = useState(false)
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const { page, error, loading } = useHits(text)
  const hits = page?.series ?? []
  /** Enter was pressed before the answer came: its first hit is taken. */
  const eager = useRef(false)
  const isFull = chosen.length >= SERIES_MOST
  const isOpen = open && text.trim() !== ''

  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the one that the keys stand on
  useEffect(() => {
    list.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' })
  }, [active])

  const take = (key: string | undefined) => {
    if (key === undefined) return
    if (chosen.includes(key)) onRemove(key)
    else if (!isFull) onAdd(key)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only as the answer comes
  useEffect(() => {
    if (loading || !eager.current) return
    eager.current = false
    const first = hits[0]?.key
    if (first !== undefined && !chosen.includes(first)) take(first)
  }, [loading])
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (!isOpen) return
      setOpen(false)
    } else if (event.key === 'Enter') {
      if (loading) eager.current = true
      else take(hits[active]?.key)
    } else if (event.key === 'ArrowDown') setActive((at) => Math.min(hits.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setActive((at) => Math.max(0, at - 1))
    else return
    if (event.key.startsWith('Arrow')) setOpen(true)
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <search className="picker">
      <input
        id="explore-search"
        className="field"
        type="text"
        role="combobox"
        aria-label={t('explore.add')}
        placeholder={t('explore.addHint')}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && hits[active] ? `${id}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setActive(0)
          eager.current = false
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {isOpen && (
        <div className="picker-hits chip">
          {isFull && <p className="soft">{t('explore.full', { n: SERIES_MOST })}</p>}
          {error && <p role="alert">{errorWords(error, t)}</p>}
          {!page && !error && <p className="soft">{t('explore.hitsLoading')}</p>}
          {page && hits.length === 0 && <p className="soft">{t('explore.hitsNone')}</p>}
          <div
            ref={list}
            id={`${id}-list`}
            role="listbox"
            aria-label={t('explore.hits')}
            aria-multiselectable="true"
            aria-busy={loading}
          >
            {hits.map((hit, i) => {
              const words = hitWords(hit, page!, language)
              return (
                // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field takes the keys
                <div
                  key={hit.key}
                  id={`${id}-${i}`}
                  role="option"
                  data-active={(i === active && !loading) || undefined}
                  aria-selected={chosen.includes(hit.key)}
                  onMouseDown={(event) => event.preventDefault()}
                  onMouseMove={() => setActive(i)}
                  onClick={() => take(hit.key)}
                >
                  <span className="clip" dir="auto">
                    {words.title}
                  </span>
                  <span className="l clip" dir="auto">
                    {words.where}
                  </span>
                  {chosen.includes(hit.key) && <Check size={16} strokeWidth={1.75} aria-hidden="true" />}
                  <bdi className="code l clip">{hit.key}</bdi>
                </div>
              )
            })}
          </div>
          {page?.next && <p className="l">{t('explore.hitsMore')}</p>}
        </div>
      )}
    </search>
  )
}

/** What a search finds, a moment after the last key; what was found before stays until then. */
function useHits(text: string): { page?: SeriesPage; error?: Error; loading: boolean } {
  const asked = text.trim()
  const [found, setFound] = useState<{ text: string; page?: SeriesPage; error?: Error }>({ text: '' })
  useEffect(() => {
    if (asked === '') {
      setFound({ text: '' })
      return
    }
    const abort = new AbortController()
    const timer = setTimeout(() => {
      searchSeries(new URLSearchParams({ text: asked, limit: String(HITS) }), abort.signal).then(
        (page) => setFound({ text: asked, page }),
        (error: Error) => {
          if (!abort.signal.aborted) setFound((before) => ({ ...before, text: asked, error }))
        },
      )
    }, SETTLES_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [asked])
  return { ...found, loading: found.text !== asked }
}
