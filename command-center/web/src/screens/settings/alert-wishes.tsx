import { STATE_WORDS, SYSTEMS } from '@quartier/contracts/live'
import { useState } from 'react'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import { playAlert } from '../../shell/sound.ts'
import { setPreferences, usePreferences, type Wishes } from '../../theme/preferences.ts'
import { Check, Switch } from '../../ui/fields.tsx'
import { Problem } from '../../ui/said.tsx'
import { Part } from './part.tsx'

/** States that are worth an interruption; the others are a matter of the list. */
const STATES = STATE_WORDS.filter((state) => !['normal', 'waiting', 'never'].includes(state)) as readonly (
  | 'out-of-range'
  | 'silent'
  | 'bad'
  | 'stale'
  | 'uncertain'
)[]

type Kept = 'states' | 'systems' | 'zones'

/** What the browser should tell of while somebody looks elsewhere: only what they choose here. */
export function AlertWishes() {
  const { t, language } = useWords()
  const { wishes } = usePreferences()
  const { zones } = useRegistry()
  const [refused, setRefused] = useState(false)
  const change = (part: Partial<Wishes>) => setPreferences({ wishes: { ...wishes, ...part } })
  const toggle = (list: Kept, one: string) =>
    change({
      [list]: wishes[list].includes(one) ? wishes[list].filter((kept) => kept !== one) : [...wishes[list], one],
    })
  const turn = async (on: boolean) => {
    const allowed = !on || (await Notification.requestPermission()) === 'granted'
    setRefused(!allowed)
    if (allowed) change({ on })
  }
  const box = (list: Kept, one: string, words: string) => (
    <Check key={one} checked={wishes[list].includes(one)} onChange={() => toggle(list, one)}>
      {words}
    </Check>
  )
  if (!('Notification' in globalThis))
    return (
      <Part title={t('settings.alerts')}>
        <p className="soft">{t('settings.alertsNever')}</p>
      </Part>
    )
  return (
    <Part title={t('settings.alerts')}>
      <Switch checked={wishes.on} onChange={(on) => void turn(on)}>
        {t('settings.alertsOn')}
      </Switch>
      <Problem>{refused && t('settings.alertsRefused')}</Problem>
      {wishes.on && (
        <>
          <Sound />
          <fieldset className="boxes">
            <legend className="line-label">{t('settings.states')}</legend>
            {STATES.map((state) => box('states', state, t(`settings.state.${state}`)))}
          </fieldset>
          <fieldset className="boxes">
            <legend className="line-label">{t('settings.systems')}</legend>
            {SYSTEMS.map((system) => box('systems', system, t(`settings.system.${system}`)))}
          </fieldset>
          {zones.length > 0 && (
            <fieldset className="boxes">
              <legend className="line-label">{t('settings.zones')}</legend>
              {zones.map((zone) => box('zones', zone.id, nameIn(language, zone)))}
            </fieldset>
          )}
        </>
      )}
    </Part>
  )
}

/** Heard once when it is switched on, so that nobody wonders later whether it works. */
function Sound() {
  const { t } = useWords()
  const { sound } = usePreferences()
  return (
    <Switch
      checked={sound}
      onChange={(on) => {
        setPreferences({ sound: on })
        if (on) playAlert()
      }}
    >
      {t('settings.sound')}
    </Switch>
  )
}
