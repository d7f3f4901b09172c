import { useMemo, useSyncExternalStore } from 'react'

/** What is selected: a series by its key, or an asset by its id. */
export type Selection =
  | { readonly type: 'series'; readonly key: string }
  | { readonly type: 'asset'; readonly id: string }
  | undefined

/** `#series=…`, `#asset=…`: a selection can be bookmarked and passed on. */
export function readSelection(hash: string): Selection {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const key = fields.get('series')
  const id = fields.get('asset')
  if (key) return { type: 'series', key }
  return id ? { type: 'asset', id } : undefined
}

export function writeSelection(selection: Selection): string {
  if (!selection) return ''
  return `#${new URLSearchParams(selection.type === 'series' ? { series: selection.key } : { asset: selection.id })}`
}

/** Selects, without a new entry in the browser's history for every click; from another screen it leads to the map. */
export function select(selection: Selection): void {
  const hash = writeSelection(selection)
  if (location.pathname === '/') history.replaceState(null, '', hash || location.pathname + location.search)
  else if (hash) history.pushState(null, '', `/${hash}`)
  dispatchEvent(new HashChangeEvent('hashchange'))
}

export function useSelection(): Selection {
  const hash = useSyncExternalStore(
    (listener) => {
      addEventListener('hashchange', listener)
      return () => removeEventListener('hashchange', listener)
    },
    () => location.hash,
  )
  return useMemo(() => readSelection(hash), [hash])
}
