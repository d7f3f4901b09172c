import { useEffect } from 'react'
import { nameIn, useWords } from '../i18n/translate.ts'

/** Names the screen and the district in the browser's tab. */
export function useTitle(
  district: { readonly name: string; readonly nameAr?: string } | null | undefined,
  screen = '',
): void {
  const { language } = useWords()
  const name = district ? nameIn(language, district) : ''
  useEffect(() => {
    document.title = [screen, name, 'Quartier'].filter(Boolean).join(' · ')
  }, [screen, name])
}
