import { X } from 'lucide-react'
import { type Selection, select, useSelection } from '../../desk-state.ts'
import { useWords } from '../../i18n/translate.ts'
import { useRegistry, useSituation } from '../../live/hooks.ts'
import type { AssetNode } from '../../live/registry.ts'
import type { Situation } from '../../live/situation.ts'
import { Loading } from '../../ui/loading.tsx'
import { AssetCard } from './asset-card.tsx'
import { Overview } from './overview.tsx'
import './card.css'

/** The selected asset with its values, or what the platform has done so far. */
export function CardPanel() {
  const { t } = useWords()
  const situation = useSituation()
  const registry = useRegistry()
  const selection = useSelection()
  const found = situation && find(selection, situation)
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
      {selection && !situation && <Loading label={t('attention.loading')} />}
      {selection && situation && !found && (
        <p className="empty">
          <b>{t('card.gone')}</b>
          <bdi className="soft">{selection.type === 'series' ? selection.key : selection.id}</bdi>
        </p>
      )}
      {found && (
        <AssetCard key={found.asset?.id ?? found.series[0]} {...found} situation={situation} registry={registry} />
      )}
    </aside>
  )
}

export interface Found {
  readonly asset: AssetNode | undefined
  /** Places in the live index: all series of the asset, or the one without an asset. */
  readonly series: readonly number[]
  /** The one whose value is shown large; -1 when the asset has none. */
  readonly shown: number
}

/** What the selection means now. An asset shows its most pressing series first. */
export function find(selection: Selection, situation: Situation): Found | undefined {
  const { data, registry, topology, state } = situation
  if (!selection) return undefined
  if (selection.type === 'series') {
    const shown = data.series.findIndex(({ key }) => key === selection.key)
    if (shown < 0) return undefined
    const at = topology.assetOf[shown]!
    return { asset: registry.assets[at], series: at < 0 ? [shown] : topology.seriesOf[at]!, shown }
  }
  const at = registry.assets.findIndex(({ id }) => id === selection.id)
  if (at < 0) return undefined
  const series = topology.seriesOf[at]!
  const pressing = series.find((i) => state[i] !== 0)
  return { asset: registry.assets[at], series, shown: pressing ?? series[0] ?? -1 }
}
