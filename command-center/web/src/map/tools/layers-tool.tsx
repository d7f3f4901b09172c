import { SYSTEMS } from '@quartier/contracts/live'
import { changeDesk, useDesk } from '../../desk-state.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { figuresOf } from '../../live/figures.ts'
import { useDistrictSums } from '../../live/hooks.ts'

/** One system after the other, with how much of it reports. */
export function LayersTool() {
  const { t } = useWords()
  const { off } = useDesk()
  const sums = useDistrictSums()
  const present = SYSTEMS.map((system) => ({ system, figures: sums && figuresOf(sums.system(system)) })).filter(
    ({ figures }) => figures === undefined || figures.series > 0,
  )
  const toggle = (system: string) =>
    changeDesk({ off: off.includes(system) ? off.filter((one) => one !== system) : [...off, system] })
  return (
    <fieldset>
      <legend className="vh">{t('map.layersOf')}</legend>
      <ul className="layer-list">
        {present.map(({ system, figures }) => (
          <li key={system}>
            <label>
              <input type="checkbox" checked={!off.includes(system)} onChange={() => toggle(system)} />
              {t(`system.${system}`)}
              {figures && (
                <span className="l end">
                  {t('map.reporting', { n: formatNumber(figures.reporting), total: formatNumber(figures.series) })}
                </span>
              )}
            </label>
          </li>
        ))}
      </ul>
      <p className="tool-foot">
        <button type="button" className="link" onClick={() => changeDesk({ off: [] })}>
          {t('map.layerAll')}
        </button>
        <button type="button" className="link" onClick={() => changeDesk({ off: present.map(({ system }) => system) })}>
          {t('map.layerNone')}
        </button>
      </p>
    </fieldset>
  )
}
