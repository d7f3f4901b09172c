import type { RegistryNode } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchNode } from '../../api/registry.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { showPlace } from '../../shell/travel.ts'
import { type Column, DataTable, Pages } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import type { Go } from './browse.tsx'
import { Named, Path } from './steps.tsx'

const PAGE = 100

/** A place with what lies right below it, and the assets that stand in it. */
export function Place({ id, onGo }: { readonly id: string | undefined; onGo: Go }) {
  const { t } = useWords()
  const [skip, setSkip] = useState(0)
  const query = new URLSearchParams({ skip: String(skip), limit: String(PAGE) })
  if (id !== undefined) query.set('placeId', id)
  const request = useRequest(`node ${query}`, (signal) => fetchNode(query, signal))
  return (
    <Asked request={request}>
      {(node) => (
        <>
          <div className="head">
            <Path path={node.path} onGo={onGo} />
            {id !== undefined && (
              <button type="button" className="btn" onClick={() => showPlace(id)}>
                {t('registry.onMap')}
              </button>
            )}
          </div>
          {node.places.length === 0 && node.assets.total === 0 && (
            <p className="empty soft">{t(id === undefined ? 'registry.empty' : 'registry.nothing')}</p>
          )}
          {node.places.length > 0 && <Places places={node.places} onGo={onGo} />}
          {node.assets.total > 0 && (
            <>
              <Assets title={t('registry.assets')} assets={node.assets.items} onGo={onGo} />
              <Pages
                skip={skip}
                shown={node.assets.items.length}
                total={node.assets.total}
                page={PAGE}
                onSkip={setSkip}
              />
            </>
          )}
        </>
      )}
    </Asked>
  )
}

type PlaceRow = RegistryNode['places'][number]

function Places({ places, onGo }: { readonly places: readonly PlaceRow[]; onGo: Go }) {
  const { t } = useWords()
  const columns: readonly Column<PlaceRow>[] = [
    { name: 'name', title: t('registry.places'), cell: (place) => <Named step={place} onGo={onGo} /> },
    {
      name: 'places',
      title: t('registry.places'),
      width: '20%',
      numeric: true,
      wide: true,
      cell: ({ places: n }) => <Num>{formatNumber(n)}</Num>,
      order: (a, b) => a.places - b.places,
    },
    {
      name: 'assets',
      title: t('registry.assets'),
      width: '20%',
      numeric: true,
      cell: ({ assets }) => <Num>{formatNumber(assets)}</Num>,
      order: (a, b) => a.assets - b.assets,
    },
  ]
  return <DataTable label={t('registry.places')} columns={columns} rows={places} keyOf={({ id }) => id} />
}

type AssetRow = RegistryNode['assets']['items'][number]

interface AssetsProps {
  readonly title: string
  readonly assets: readonly AssetRow[]
  onGo: Go
}

export function Assets({ title, assets, onGo }: AssetsProps) {
  const { t } = useWords()
  const columns: readonly Column<AssetRow>[] = [
    { name: 'name', title, cell: (asset) => <Named step={asset} onGo={onGo} /> },
    {
      name: 'criticality',
      title: t('registry.criticality'),
      width: '14%',
      numeric: true,
      wide: true,
      cell: ({ criticality }) => <Num>{criticality}</Num>,
      order: (a, b) => a.criticality - b.criticality,
    },
    {
      name: 'below',
      title: t('registry.below'),
      width: '16%',
      numeric: true,
      wide: true,
      cell: ({ below }) => <Num>{formatNumber(below)}</Num>,
      order: (a, b) => a.below - b.below,
    },
    {
      name: 'series',
      title: t('registry.series'),
      width: '16%',
      numeric: true,
      cell: ({ series }) => <Num>{formatNumber(series)}</Num>,
      order: (a, b) => a.series - b.series,
    },
  ]
  return <DataTable label={title} columns={columns} rows={assets} keyOf={({ id }) => id} />
}
