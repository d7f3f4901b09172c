import { useWords } from '../i18n/translate.ts'
import type { KnownScreen, ScreenName } from '../screens.ts'
import { goToScreen } from './travel.ts'

interface Props {
  readonly screens: readonly KnownScreen[]
  readonly current: ScreenName | undefined
  readonly className: string
}

/** Those in the row; the others are reached by the menu or a link. */
const isOffered = (
  screen: KnownScreen,
): screen is KnownScreen & { readonly name: Exclude<ScreenName, 'settings' | 'gallery'> } => !screen.apart

/** The screens as a row of words; the one that shows is marked. */
export function ScreenLinks({ screens, current, className }: Props) {
  const { t } = useWords()
  return (
    <nav className={className} aria-label={t('app.screens')}>
      {screens.filter(isOffered).map(({ name, path, key }) => (
        <a
          key={name}
          href={path}
          aria-current={name === current ? 'page' : undefined}
          aria-keyshortcuts={key && `g ${key}`}
          title={key && t('shell.keys', { key })}
          onClick={(event) => {
            // A new tab or window is the browser's own business.
            if (event.metaKey || event.ctrlKey || event.shiftKey) return
            event.preventDefault()
            goToScreen(path)
          }}
        >
          {t(`nav.${name}`)}
        </a>
      ))}
    </nav>
  )
}
