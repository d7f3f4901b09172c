import { useDeferredValue, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useWords } from '../../i18n/translate.ts'
import { SearchField } from '../../ui/fields.tsx'
import { AssetView } from './asset-view.tsx'
import { Found } from './found.tsx'
import { Place } from './place.tsx'

/** Where somebody stands in the registry: the address bar holds it. */
export type Go = (where: { readonly placeId?: string; readonly assetId?: string }) => void

/** The hierarchy, step by step, or what a search finds in it. */
export function Browse({ mayEdit }: { readonly mayEdit: boolean }) {
  const { t } = useWords()
  const [, navigate] = useLocation()
  const at = new URLSearchParams(useSearch())
  const [text, setText] = useState('')
  const words = useDeferredValue(text.trim())
  const placeId = at.get('place') ?? undefined
  const assetId = at.get('asset') ?? undefined
  const go: Go = (where) => {
    const query = new URLSearchParams()
    if (where.placeId !== undefined) query.set('place', where.placeId)
    if (where.assetId !== undefined) query.set('asset', where.assetId)
    setText('')
    navigate(query.size > 0 ? `/registry?${query}` : '/registry')
  }
  return (
    <>
      <search className="find">
        <SearchField label={t('registry.search')} value={text} onChange={setText} />
      </search>
      {words !== '' && <Found key={words} text={words} mayEdit={mayEdit} onGo={go} />}
      {words === '' && assetId !== undefined && <AssetView key={assetId} id={assetId} mayEdit={mayEdit} onGo={go} />}
      {words === '' && assetId === undefined && <Place key={placeId ?? ''} id={placeId} onGo={go} />}
    </>
  )
}
