import { useEffect } from 'react'
import { nameIn, useWords } from '../i18n/translate.ts'

/** Names the district in the browser's tab. */
export function useTitle(district: { readonly name: string; readonly nameAr?: string } | null | undefined): void {
  const { language } = useWords()
  const name = district ? nameIn(language, district) : ''
  useEffect(() => {
    document.title = name ? `${name} · Quartier` : 'Quartier'
  }, [name])
}
