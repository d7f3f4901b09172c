import { Braces, CircleHelp, Languages, LogOut, Menu, Moon, RadioReceiver, Sun, Users } from 'lucide-react'
import { type ReactNode, useState } from 'react'
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
  onHelp(): void
  /** Absent for those who may not adopt devices. */
  readonly onDevices: (() => void) | undefined
  /** Absent for those who may not say how messages are read. */
  readonly onMappings: (() => void) | undefined
  /** Absent for those who may not say who signs in. */
  readonly onPeople: (() => void) | undefined
  onSignOut(): void
}

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

export function TopBar({ onGoTo, ...tools }: Props) {
  const { t, language } = useWords()
  const { district } = useRegistry()
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
      <Tools {...tools} />
    </header>
  )
}

/** A row of icons; on a phone a menu with words. */
function Tools({ userName, onHelp, onDevices, onMappings, onPeople, onSignOut }: Omit<Props, 'onGoTo'>) {
  const { t, language } = useWords()
  const { theme } = usePreferences()
  const [open, setOpen] = useState(false)
  const other = language === 'ar' ? 'en' : 'ar'
  const leave = (event: React.FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only watches whether the focus is still within
    <div
      className="menu"
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        setOpen(false)
      }}
    >
      <button
        type="button"
        className="btn quiet menu-button"
        aria-label={t('top.menu')}
        aria-expanded={open}
        aria-controls="tools"
        onClick={() => setOpen(!open)}
      >
        <Menu {...ICON} size={20} />
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: closes behind its buttons */}
      <div id="tools" className="tools" data-open={open} onClick={() => setOpen(false)}>
        <button type="button" className="btn quiet" lang={other} onClick={() => setPreferences({ language: other })}>
          <Languages {...ICON} />
          {t('top.language')}
        </button>
        <Tool
          words={t(theme === 'dark' ? 'top.theme.light' : 'top.theme.dark')}
          onClick={() => setPreferences({ theme: theme === 'dark' ? 'light' : 'dark' })}
        >
          {theme === 'dark' ? <Sun {...ICON} /> : <Moon {...ICON} />}
        </Tool>
        {onDevices && (
          <Tool words={t('top.devices')} onClick={onDevices}>
            <RadioReceiver {...ICON} />
          </Tool>
        )}
        {onMappings && (
          <Tool words={t('top.mappings')} onClick={onMappings}>
            <Braces {...ICON} />
          </Tool>
        )}
        {onPeople && (
          <Tool words={t('top.people')} onClick={onPeople}>
            <Users {...ICON} />
          </Tool>
        )}
        <Tool words={t('top.help')} onClick={onHelp}>
          <CircleHelp {...ICON} />
        </Tool>
        <span className="who clip" dir="auto">
          {userName}
        </span>
        <Tool words={t('top.signOut')} onClick={onSignOut}>
          <LogOut {...ICON} className="along-reading" />
        </Tool>
      </div>
    </div>
  )
}

function Tool({ words, onClick, children }: { words: string; onClick(): void; children: ReactNode }) {
  return (
    <button type="button" className="btn quiet" title={words} onClick={onClick}>
      {children}
      <span className="words">{words}</span>
    </button>
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
