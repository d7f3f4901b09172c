import type { AssetPage } from '@quartier/contracts/api'
import { useState } from 'react'
import { select } from '../../desk-state.ts'
import { formatNumber } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { countedKind, kindName } from '../../i18n/vocabulary.ts'
import { Num } from '../../ui/num.tsx'

const SHOWN = 6
const KINDS = 6

/** What feeds, controls or connects the asset, and what hangs on it. */
export function Hangs({ topology: { parents, below, assets } }: Pick<AssetPage, 'topology'>) {
  const { t, language } = useWords()
  const [all, setAll] = useState(false)
  if (parents.length === 0 && assets === 0) return null
  const kinds = [...Map.groupBy(below, ({ asset }) => asset.kind)].sort((a, b) => b[1].length - a[1].length)
  return (
    <section className="hangs">
      <h3 className="sec">
        {t('card.hangs')}
        {assets > 0 && <span className="end l">{t('card.hangsOn', { n: formatNumber(assets) })}</span>}
      </h3>
      {parents.length > 0 && (
        <>
          <p className="l">{t('card.fedBy')}</p>
          <ol className="path">
            {parents.toReversed().map((parent) => (
              <li key={parent.id}>
                <AssetLink asset={parent} /> <span className="l">{kindName(parent.kind, language)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      {below.length > 0 && (
        <>
          <p className="l">
            {kinds
              .slice(0, KINDS)
              .map(([kind, of]) => countedKind(kind, formatNumber(of.length), language))
              .join(language === 'ar' ? '، ' : ', ')}
          </p>
          <ul className="path flat">
            {(all ? below : below.slice(0, SHOWN)).map(({ asset }) => (
              <li key={asset.id}>
                <AssetLink asset={asset} /> <span className="l">{kindName(asset.kind, language)}</span>
              </li>
            ))}
          </ul>
          {below.length > SHOWN && (
            <p>
              <button type="button" className="link" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? t('attention.fold') : t('card.hangsMore', { n: formatNumber(below.length - SHOWN) })}
              </button>{' '}
              {all && assets > below.length && (
                <span className="l">{t('card.hangsRest', { n: formatNumber(assets - below.length) })}</span>
              )}
            </p>
          )}
        </>
      )}
      {assets > 0 && below.length === 0 && <Num>{formatNumber(assets)}</Num>}
    </section>
  )
}

function AssetLink({ asset }: { readonly asset: AssetPage['asset'] }) {
  const { language } = useWords()
  return (
    <button type="button" className="link" dir="auto" onClick={() => select({ type: 'asset', id: asset.id })}>
      {nameIn(language, asset)}
    </button>
  )
}
