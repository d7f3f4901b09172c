import { X } from 'lucide-react'
import { select, useSelection } from '../../desk-state.ts'
import { useWords } from '../../i18n/translate.ts'
import { useFocus } from '../../live/focus.ts'
import { useRegistry } from '../../live/hooks.ts'
import { Loading } from '../../ui/loading.tsx'
import { AssetCard } from './asset-card.tsx'
import { Overview } from './overview.tsx'
import { PlaceCard } from './place-card.tsx'
import './card.css'

/** The selected asset with its values, or what the platform has done so far. */
export function CardPanel() {
  const { t } = useWords()
  const selection = useSelection()
  const focus = useFocus()
  const registry = useRegistry()
  const place = selection?.type === 'place' ? registry.placeById.get(selection.id) : undefined
  return (
    <aside id="card" className="panel card" aria-label={t('card.title')} tabIndex={-1}>
      {selection && (
        <button
          type="button"
          className="btn quiet close"
          aria-label={t('card.close')}
          onClick={() => select(undefined)}
        >
          <X size={16} strokeWidth={1.75} aria-hidden="true" />
        </button>
      )}
      {!selection && <Overview />}
      {place && <PlaceCard key={place.id} place={place} />}
      {selection && !place && focus.status === 'loading' && <Loading label={t('attention.loading')} />}
      {selection &&
        !place &&
        (focus.status === 'gone' || (selection.type === 'place' && registry.places.length > 0)) && (
          <p className="empty">
            <b>{t('card.gone')}</b>
            <bdi className="soft">{selection.type === 'series' ? selection.key : selection.id}</bdi>
          </p>
        )}
      {focus.status === 'here' && <AssetCard key={focus.asset?.id ?? focus.shown?.key} focus={focus} />}
    </aside>
  )
}
