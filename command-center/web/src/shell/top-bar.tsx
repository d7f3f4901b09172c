import { CircleHelp } from 'lucide-react'
import { formatDate, formatTime, timeZone } from '../i18n/format.ts'
import { nameIn, useWords } from '../i18n/translate.ts'
import { useNow, useRegistry } from '../live/hooks.ts'
import { SearchBox } from '../panels/top-bar/search-box.tsx'
import type { KnownScreen, ScreenName } from '../screens.ts'
import { Brand } from '../ui/brand.tsx'
import { ICON } from '../ui/icon.ts'
import { PersonMenu } from './person-menu.tsx'
import { ScreenLinks } from './screen-links.tsx'
import { goToScreen, showPlace } from './travel.ts'
import './top-bar.css'

interface Props {
  readonly screens: readonly KnownScreen[]
  readonly current: ScreenName | undefined
  onHelp(): void
}

/** Where one is, where one can go, what one looks for, what time it is, who one is. */
export function TopBar({ screens, current, onHelp }: Props) {
  const { t, language } = useWords()
  const { district } = useRegistry()
  return (
    <header className="top">
      <a className="brand" href="/" onClick={goHome}>
        <Brand />
        <span className="wide">Quartier</span>
        {district && <span className="mute district clip">{nameIn(language, district)}</span>}
        <span className="vh">{t('shell.toMap')}</span>
      </a>
      <ScreenLinks className="row-of-screens" screens={screens} current={current} />
      <SearchBox onGoTo={showPlace} />
      <Clock />
      <button type="button" className="btn quiet help-button" aria-label={t('top.help')} onClick={onHelp}>
        <CircleHelp {...ICON} />
      </button>
      <PersonMenu screens={screens} current={current} onHelp={onHelp} />
    </header>
  )
}

function goHome(event: React.MouseEvent): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  goToScreen('/')
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
