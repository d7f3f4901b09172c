import type { AssetsPage } from '@quartier/contracts/api'
import { useState } from 'react'
import { findAssets } from '../../api/registry.ts'
import { formatNumber } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { type Column, DataTable, Pages } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import type { Go } from './browse.tsx'
import { SeriesTable } from './series-table.tsx'
import { Named } from './steps.tsx'

const PAGE = 50
type Row = AssetsPage['assets'][number]

/** Assets and series that hold the words. */
export function Found({ text, mayEdit, onGo }: { readonly text: string; readonly mayEdit: boolean; onGo: Go }) {
  const { t, language } = useWords()
  const [skip, setSkip] = useState(0)
  const query = new URLSearchParams({ text, skip: String(skip), limit: String(PAGE) })
  const request = useRequest(`assets ${query}`, (signal) => findAssets(query, signal))
  const columns: readonly Column<Row>[] = [
    {
      name: 'asset',
      title: t('registry.asset'),
      cell: ({ asset }) => <Named step={{ type: 'asset', ...asset }} onGo={onGo} />,
    },
    {
      name: 'place',
      title: t('registry.place'),
      width: '34%',
      wide: true,
      cell: ({ place, zone }) => (
        <>
          <bdi className="clip">{place && nameIn(language, place)}</bdi>
          <bdi className="l clip">{zone && zone.id !== place?.id && nameIn(language, zone)}</bdi>
        </>
      ),
    },
    {
      name: 'series',
      title: t('registry.series'),
      width: '16%',
      numeric: true,
      cell: ({ series }) => <Num>{formatNumber(series)}</Num>,
    },
  ]
  return (
    <>
      <Asked request={request}>
        {({ assets, total }) => (
          <>
            <p className="soft" role="status">
              {total === 0 ? t('registry.foundNone') : t('registry.found', { n: formatNumber(total) })}
            </p>
            {total > 0 && (
              <DataTable label={t('registry.assets')} columns={columns} rows={assets} keyOf={({ asset }) => asset.id} />
            )}
            <Pages skip={skip} shown={assets.length} total={total} page={PAGE} onSkip={setSkip} />
          </>
        )}
      </Asked>
      <h2 className="sec">{t('registry.seriesFound')}</h2>
      <SeriesTable query={{ text }} label={t('registry.seriesFound')} mayEdit={mayEdit} />
    </>
  )
}
