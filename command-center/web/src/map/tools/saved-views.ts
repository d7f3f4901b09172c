import { readDesk, writeDesk } from '../../desk-state.ts'

/** A view that somebody keeps at this desk: its name, and the address that restores it. */
export interface SavedView {
  readonly name: string
  readonly hash: string
}

const STORAGE_KEY = 'quartier.views'
export const VIEWS_MOST = 50

export function savedViews(storage: Pick<Storage, 'getItem'>): readonly SavedView[] {
  try {
    const kept = JSON.parse(storage.getItem(STORAGE_KEY) ?? '[]') as unknown
    if (!Array.isArray(kept)) return []
    return kept.filter((one): one is SavedView => typeof one?.name === 'string' && typeof one?.hash === 'string')
  } catch {
    return []
  }
}

/** Keeps what the address describes under a name; the same name again replaces. What is selected is not part of it. */
export function saveView(
  name: string,
  hash: string,
  storage: Pick<Storage, 'getItem' | 'setItem'>,
): readonly SavedView[] {
  const view = { name, hash: writeDesk({ ...readDesk(hash), selection: undefined }) }
  return keep([view, ...savedViews(storage).filter((one) => one.name !== name)].slice(0, VIEWS_MOST), storage)
}

export const removeView = (name: string, storage: Pick<Storage, 'getItem' | 'setItem'>): readonly SavedView[] =>
  keep(
    savedViews(storage).filter((one) => one.name !== name),
    storage,
  )

function keep(views: readonly SavedView[], storage: Pick<Storage, 'setItem'>): readonly SavedView[] {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify(views))
  } catch {
    // A closed storage only means that the views last for this page.
  }
  return views
}
