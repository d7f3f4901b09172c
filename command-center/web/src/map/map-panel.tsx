import { lazy, Suspense, useCallback, useState } from 'react'
import { formatNumber } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import { useLiveView, useSituation } from '../live/hooks.ts'
import type { Bounds, Registry } from '../live/registry.ts'
import { TableTwin } from '../panels/table/table-twin.tsx'
import { Loading } from '../ui/loading.tsx'
import { PanelBoundary } from '../ui/panel-boundary.tsx'
import { abnormalAmong, seriesInView } from './marks.ts'
import './map.css'

const CityMap = lazy(() => import('./city-map.tsx'))

interface Props {
  readonly registry: Registry | undefined
  readonly error: string | undefined
  readonly table: boolean
  readonly goal: Bounds | undefined
  onTable(): void
  onRetry(): void
  onView(bounds: Bounds): void
}

/** The map, or the same content as a table. */
export function MapPanel({ registry, error, table, goal, onTable, onRetry, onView }: Props) {
  const { t } = useWords()
  const situation = useSituation()
  const { capped, data } = useLiveView()
  const [bounds, setBounds] = useState<Bounds>()
  const looked = useCallback(
    (next: Bounds) => {
      setBounds(next)
      onView(next)
    },
    [onView],
  )
  const inView = situation ? seriesInView(situation, bounds) : []
  const drawn = table ? inView : inView.filter((i) => situation!.topology.assetOf[i]! >= 0)
  const home = registry?.bounds
  const undrawn = registry && !registry.places.some(({ kind }) => kind === 'building' || kind === 'street')
  const left = capped && t('map.capped', { n: formatNumber(data.series.length), total: formatNumber(data.total) })
  const notice = left || (home && undrawn ? t('map.noPlaces') : '')
  return (
    <main id="map" className="map" data-table={table} tabIndex={-1}>
      {error !== undefined && (
        <div className="panel-state" role="alert">
          <b>{t('map.error')}</b>
          <span className="soft">{error}</span>
          <button type="button" className="btn" onClick={onRetry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {error === undefined && !registry && <Loading label={t('map.loading')} />}
      {registry && !home && <p className="panel-state">{t('map.nothing')}</p>}
      {registry && home && (
        <PanelBoundary>
          <Suspense fallback={<Loading label={t('map.loading')} />}>
            <CityMap registry={registry} bounds={home} goal={goal} onView={looked} />
          </Suspense>
        </PanelBoundary>
      )}
      {table && situation && <TableTwin situation={situation} series={inView} />}
      <div className="map-top">
        {notice && <p className="chip notice">{notice}</p>}
        <button type="button" className="btn twin" aria-pressed={table} onClick={onTable}>
          {situation && (
            <span className="wide">
              {t('map.inView', {
                n: formatNumber(drawn.length),
                bad: formatNumber(abnormalAmong(situation, drawn)),
              })}
            </span>
          )}
          {t(table ? 'map.map' : 'map.table')} <kbd>T</kbd>
        </button>
      </div>
    </main>
  )
}
