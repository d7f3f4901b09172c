import { useRef, useState } from 'react'
import { select } from '../../desk-state.ts'
import { useWords } from '../../i18n/translate.ts'
import type { Hit } from './search.ts'
import { useSearch } from './use-search.ts'
import './search.css'

/** Finds assets, series and places; arrow keys choose, Enter opens, Escape leaves. */
export function SearchBox({ onGoTo }: { onGoTo(placeId: string): void }) {
  const { t } = useWords()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const input = useRef<HTMLInputElement>(null)
  const { hits, waiting, failed } = useSearch(text)
  const open = text.trim() !== ''

  const take = (hit: Hit | undefined) => {
    if (!hit) return
    if (hit.placeId) onGoTo(hit.placeId)
    else select(hit.selection)
    setText('')
    input.current?.blur()
  }

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      setText('')
      input.current?.blur()
    } else if (event.key === 'Enter') take(hits[chosen])
    else if (event.key === 'ArrowDown') setChosen((at) => Math.min(hits.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setChosen((at) => Math.max(0, at - 1))
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <search className="search">
      <input
        ref={input}
        id="search"
        className="field"
        type="text"
        role="combobox"
        aria-label={t('top.search')}
        placeholder={t('top.search')}
        aria-expanded={open}
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={open && hits[chosen] ? `hit-${chosen}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setText('')}
      />
      <kbd className="wide">/</kbd>
      {open && (
        <div className="hits chip">
          {hits.length === 0 && (
            <p className="soft" role="status">
              {t(waiting ? 'top.searching' : failed ? 'top.searchFailed' : 'top.searchEmpty')}
            </p>
          )}
          <div id="search-hits" role="listbox" aria-label={t('top.searchResults')}>
            {hits.map((hit, i) => (
              // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field takes the keys
              <div
                key={hit.id}
                id={`hit-${i}`}
                role="option"
                aria-selected={i === chosen}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => take(hit)}
              >
                <span className="clip" dir="auto">
                  {hit.title}
                </span>
                <bdi className="l clip">{hit.sub}</bdi>
                <span className="l kind">{t(`kind.${hit.kind}`)}</span>
              </div>
            ))}
          </div>
        </div>
      )}
    </search>
  )
}
