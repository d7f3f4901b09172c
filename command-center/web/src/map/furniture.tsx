import { Compass, Minus, Plus, Scan } from 'lucide-react'
import { formatNumber } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import type { Bounds } from '../live/registry.ts'
import { goHome, northUp, scaleBar } from './camera.ts'
import type { DistrictMap } from './create-map.ts'
import { Legend } from './legend.tsx'
import type { MapView } from './use-map.ts'

/** Legend, scale and the buttons that move the map. */
export function Furniture({
  instance: { map },
  view,
  bounds,
  close,
  fixed,
}: {
  instance: DistrictMap
  view: MapView
  bounds: Bounds
  close: boolean
  fixed: boolean
}) {
  const { t } = useWords()
  const bar = scaleBar(view.zoom, view.latitude, 90)
  return (
    <>
      <Legend close={close}>
        <span className="scale ltr" style={{ width: bar.px }}>
          {bar.metres < 1000
            ? t('map.metres', { n: bar.metres })
            : t('map.kilometres', { n: formatNumber(bar.metres / 1000) })}
        </span>
      </Legend>
      {!fixed && (
        <div className="zoom">
          {Math.abs(view.bearing) >= 0.5 && (
            <button
              type="button"
              className="btn"
              aria-label={t('map.north')}
              title={t('map.north')}
              onClick={() => northUp(map)}
            >
              <Compass
                size={16}
                strokeWidth={1.75}
                aria-hidden="true"
                style={{ transform: `rotate(${-45 - view.bearing}deg)` }}
              />
            </button>
          )}
          <button
            type="button"
            className="btn"
            aria-label={t('map.home')}
            title={t('map.home')}
            onClick={() => goHome(map, bounds)}
          >
            <Scan size={16} strokeWidth={1.75} aria-hidden="true" />
          </button>
          <button
            type="button"
            className="btn"
            aria-label={t('map.zoomIn')}
            onClick={() => map.zoomIn({ duration: 120 })}
          >
            <Plus size={16} strokeWidth={1.75} aria-hidden="true" />
          </button>
          <button
            type="button"
            className="btn"
            aria-label={t('map.zoomOut')}
            onClick={() => map.zoomOut({ duration: 120 })}
          >
            <Minus size={16} strokeWidth={1.75} aria-hidden="true" />
          </button>
        </div>
      )}
    </>
  )
}
