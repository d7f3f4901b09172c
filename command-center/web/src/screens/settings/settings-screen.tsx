import { useState } from 'react'
import { Link } from 'wouter'
import { timeZones } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useUser } from '../../shell/session.ts'
import { setPreferences, usePreferences } from '../../theme/preferences.ts'
import { Pick } from '../../ui/fields.tsx'
import { Screen } from '../../ui/screen.tsx'
import { AlertWishes } from './alert-wishes.tsx'
import { Part } from './part.tsx'
import './settings.css'

/** What somebody chooses for themselves. Each choice holds at once, in this browser. */
export default function SettingsScreen() {
  const { t } = useWords()
  const { displayName } = useUser()
  return (
    <Screen title={t('screen.settings')} intro={t('settings.intro', { name: displayName })} className="settings">
      <Looks />
      <Figures />
      <AlertWishes />
      <Part title={t('settings.help')}>
        <p className="form-actions">
          <TourAgain />
          <Link className="link" href="/gallery">
            {t('settings.gallery')}
          </Link>
        </p>
      </Part>
    </Screen>
  )
}

function Looks() {
  const { t } = useWords()
  const { theme, density } = usePreferences()
  return (
    <Part title={t('settings.looks')}>
      <Pick
        label={t('settings.theme')}
        value={theme}
        options={[
          ['light', t('settings.theme.light')],
          ['dark', t('settings.theme.dark')],
        ]}
        onChange={(next) => setPreferences({ theme: next })}
      />
      <p className="l">{t('settings.themeHint')}</p>
      <Pick
        label={t('settings.density')}
        value={density}
        options={[
          ['roomy', t('settings.density.roomy')],
          ['compact', t('settings.density.compact')],
        ]}
        onChange={(next) => setPreferences({ density: next })}
      />
    </Part>
  )
}

function Figures() {
  const { t } = useWords()
  const { language, digits, clock } = usePreferences()
  const zones = timeZones()
  return (
    <Part title={t('settings.figures')}>
      <Pick
        label={t('settings.language')}
        value={language}
        options={[
          ['en', 'English'],
          ['ar', 'العربية'],
        ]}
        onChange={(next) => setPreferences({ language: next })}
      />
      {language === 'ar' && (
        <>
          <Pick
            label={t('settings.digits')}
            value={digits}
            options={[
              ['western', '0123456789'],
              ['arabic', '٠١٢٣٤٥٦٧٨٩'],
            ]}
            onChange={(next) => setPreferences({ digits: next })}
          />
          <p className="l">{t('settings.digitsHint')}</p>
        </>
      )}
      <Pick
        label={t('settings.clock')}
        value={clock}
        options={[
          ['room', t('settings.clock.room', { zone: zones.room })],
          ['own', t('settings.clock.own', { zone: zones.own })],
        ]}
        onChange={(next) => setPreferences({ clock: next })}
      />
      <p className="l">{t('settings.clockHint')}</p>
    </Part>
  )
}

function TourAgain() {
  const { t } = useWords()
  const [asked, setAsked] = useState(false)
  const again = () => {
    setPreferences({ toured: false })
    setAsked(true)
  }
  return (
    <button type="button" className="btn" disabled={asked} onClick={again}>
      {t('settings.tour')}
    </button>
  )
}
