import { Keyboard, Languages, LogOut, Moon, Sun } from 'lucide-react'
import { formatDate, formatTime, timeZone } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { useNow, useRegistry } from '../../live/hooks.ts'
import { setPreferences, usePreferences } from '../../theme/preferences.ts'
import { Brand } from '../../ui/brand.tsx'
import { SearchBox } from './search-box.tsx'
import './top-bar.css'

interface Props {
  readonly userName: string
  onGoTo(placeId: string): void
  onKeys(): void
  onSignOut(): void
}

export function TopBar({ userName, onGoTo, onKeys, onSignOut }: Props) {
  const { t, language } = useWords()
  const { theme } = usePreferences()
  const { district } = useRegistry()
  const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const
  return (
    <header className="top">
      <div className="brand">
        <Brand />
        <span className="wide">Quartier</span>
        {district && <span className="mute district clip">{nameIn(language, district)}</span>}
      </div>
      <nav aria-label={t('app.screens')}>
        <span aria-current="page">{t('app.desk')}</span>
      </nav>
      <SearchBox onGoTo={onGoTo} />
      <Clock />
      <div className="tools">
        <button
          type="button"
          className="btn quiet"
          lang={language === 'ar' ? 'en' : 'ar'}
          onClick={() => setPreferences({ language: language === 'ar' ? 'en' : 'ar' })}
        >
          <Languages {...icon} />
          {t('top.language')}
        </button>
        <button
          type="button"
          className="btn quiet"
          title={t(theme === 'dark' ? 'top.theme.light' : 'top.theme.dark')}
          aria-label={t(theme === 'dark' ? 'top.theme.light' : 'top.theme.dark')}
          onClick={() => setPreferences({ theme: theme === 'dark' ? 'light' : 'dark' })}
        >
          {theme === 'dark' ? <Sun {...icon} /> : <Moon {...icon} />}
        </button>
        <button
          type="button"
          className="btn quiet keys"
          title={t('top.keys')}
          aria-label={t('top.keys')}
          onClick={onKeys}
        >
          <Keyboard {...icon} />
        </button>
      </div>
      <div className="who">
        <span className="clip wide">{userName}</span>
        <button
          type="button"
          className="btn quiet"
          title={t('top.signOut')}
          aria-label={t('top.signOut')}
          onClick={onSignOut}
        >
          <LogOut {...icon} className="along-reading" />
        </button>
      </div>
    </header>
  )
}

/** Platform time, which every part of the screen shows. */
function Clock() {
  const { language } = useWords()
  const now = useNow()
  return (
    <div className="clock">
      <b className="ltr num">{formatTime(now, true)}</b>
      <span className="l">
        {formatDate(now, language)}
        {language === 'ar' ? '، ' : ', '}
        <bdi>{timeZone()}</bdi>
      </span>
    </div>
  )
}
