import { CircleHelp, Languages, LogOut, Menu, Moon, Settings, Sun } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import { formatDate, timeZone } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import { useNow } from '../live/hooks.ts'
import type { KnownScreen, ScreenName } from '../screens.ts'
import { setPreferences, usePreferences } from '../theme/preferences.ts'
import { ICON } from '../ui/icon.ts'
import { ScreenLinks } from './screen-links.tsx'
import { useHere } from './session.ts'
import { goToScreen } from './travel.ts'

interface Props {
  readonly screens: readonly KnownScreen[]
  readonly current: ScreenName | undefined
  onHelp(): void
}

/** Who works here and what is theirs to choose; where the bar is narrow, the screens too. */
export function PersonMenu({ screens, current, onHelp }: Props) {
  const { t, language } = useWords()
  const { theme } = usePreferences()
  const { session, signOut } = useHere()
  const now = useNow()
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
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
        button.current?.focus()
      }}
    >
      <button
        ref={button}
        type="button"
        className="btn quiet menu-button"
        aria-label={`${t('top.menu')}, ${session.user.displayName}`}
        aria-expanded={open}
        aria-controls="person-menu"
        onClick={() => setOpen(!open)}
      >
        <span className="clip" dir="auto">
          {session.user.displayName}
        </span>
        <Menu {...ICON} />
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: closes behind its buttons */}
      <div id="person-menu" className="menu-sheet" hidden={!open} onClick={() => setOpen(false)}>
        <p className="who clip l" dir="auto">
          {session.user.displayName}, {t(`role.${session.user.role}`)}
        </p>
        <p className="l today">
          {formatDate(now, language)}
          <bdi>{timeZone()}</bdi>
        </p>
        <ScreenLinks className="menu-screens" screens={screens} current={current} />
        <Item words={t('screen.settings')} onClick={() => goToScreen('/settings')}>
          <Settings {...ICON} />
        </Item>
        <Item words={t('top.language')} lang={other} onClick={() => setPreferences({ language: other })}>
          <Languages {...ICON} />
        </Item>
        <Item
          words={t(theme === 'dark' ? 'top.theme.light' : 'top.theme.dark')}
          onClick={() => setPreferences({ theme: theme === 'dark' ? 'light' : 'dark' })}
        >
          {theme === 'dark' ? <Sun {...ICON} /> : <Moon {...ICON} />}
        </Item>
        <Item words={t('top.help')} onClick={onHelp}>
          <CircleHelp {...ICON} />
        </Item>
        <Item words={t('top.signOut')} onClick={signOut}>
          <LogOut {...ICON} className="along-reading" />
        </Item>
      </div>
    </div>
  )
}

interface ItemProps {
  readonly words: string
  readonly lang?: string
  onClick(): void
  readonly children: ReactNode
}

function Item({ words, lang, onClick, children }: ItemProps) {
  return (
    <button type="button" className="btn quiet" lang={lang} onClick={onClick}>
      {children}
      {words}
    </button>
  )
}
