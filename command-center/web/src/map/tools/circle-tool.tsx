import { changeDesk, useDesk } from '../../desk-state.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useFocus } from '../../live/focus.ts'
import type { MapView } from '../use-map.ts'

const RADIUS_M = 100
const STEP_M = 25
const MOST_M = 5000

interface Props {
  readonly view: MapView | undefined
  readonly choosing: boolean
  readonly figures: { readonly series: number; readonly look: number } | undefined
  onChoose(choosing: boolean): void
}

/** All within a distance of a spot: by the pointer, or by keys around the middle of the map or what is selected. */
export function CircleTool({ view, choosing, figures, onChoose }: Props) {
  const { t } = useWords()
  const { circle } = useDesk()
  const { asset } = useFocus()
  const around = (longitude: number, latitude: number) => {
    onChoose(false)
    changeDesk({ circle: { longitude, latitude, radiusM: circle?.radiusM ?? RADIUS_M } })
  }
  const middle = view && [(view.bounds[0] + view.bounds[2]) / 2, (view.bounds[1] + view.bounds[3]) / 2]
  return (
    <fieldset className="filter-fields">
      <legend className="vh">{t('map.circle')}</legend>
      <button type="button" className="btn" disabled={!middle} onClick={() => middle && around(middle[0]!, middle[1]!)}>
        {t('map.circleHere')}
      </button>
      <button
        type="button"
        className="btn"
        disabled={!asset}
        onClick={() => asset && around(asset.longitude, asset.latitude)}
      >
        {t('map.circleSelected')}
      </button>
      <button type="button" className="btn" aria-pressed={choosing} onClick={() => onChoose(!choosing)}>
        {t(choosing ? 'map.circlePicking' : 'map.circlePick')}
      </button>
      <label>
        <span className="l">{t('map.circleRadius')}</span>
        <input
          className="field"
          type="number"
          dir="ltr"
          min={STEP_M}
          max={MOST_M}
          step={STEP_M}
          disabled={!circle}
          value={circle?.radiusM ?? RADIUS_M}
          onChange={(event) => {
            const radiusM = event.target.valueAsNumber
            if (circle && radiusM > 0) changeDesk({ circle: { ...circle, radiusM: Math.min(MOST_M, radiusM) } })
          }}
        />
      </label>
      {circle && figures && (
        <p role="status">
          {t('map.circleCount', { n: formatNumber(figures.series), bad: formatNumber(figures.look) })}
        </p>
      )}
      <p className="tool-foot">
        <button type="button" className="btn" disabled={!circle} onClick={() => changeDesk({ circle: undefined })}>
          {t('map.circleOff')}
        </button>
      </p>
    </fieldset>
  )
}
