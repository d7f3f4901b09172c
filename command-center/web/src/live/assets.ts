import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { fetchAssets } from '../api/client.ts'
import { type AssetBook, createAssetBook } from './asset-book.ts'
import type { AssetNode } from './registry.ts'

export const AssetBookContext = createContext<AssetBook | undefined>(undefined)

/** The book of assets for everybody below. */
export function useNewAssetBook(): AssetBook {
  const [book] = useState(() => createAssetBook({ fetchAssets, later: setTimeout }))
  useEffect(() => () => book.close(), [book])
  return book
}

export function useAssetBook(): AssetBook {
  const book = useContext(AssetBookContext)
  if (!book) throw new Error('useAssetBook outside of the shell')
  return book
}

/** Says when the book knows more. */
export function useBookVersion(): number {
  const book = useAssetBook()
  return useSyncExternalStore(book.subscribe, () => book.version)
}

/** An asset by its id, looked up where it is not known; `null` when there is none for this person. */
export function useAsset(id: string | null | undefined): AssetNode | null | undefined {
  const book = useAssetBook()
  const found = useSyncExternalStore(book.subscribe, () => (id ? book.get(id) : null))
  useEffect(() => {
    if (id && found === undefined) book.want(id)
  }, [book, id, found])
  return found
}
