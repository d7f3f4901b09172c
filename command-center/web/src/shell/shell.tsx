import type { SessionView } from '@quartier/contracts/api'
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { currentSession, signOut } from '../api/client.ts'
import { useWords } from '../i18n/translate.ts'
import { useLiveView, useRegistry } from '../live/hooks.ts'
import { ConnectionNotice } from '../panels/connection/connection-notice.tsx'
import { HelpDialog } from '../panels/help/help-dialog.tsx'
import { type KnownScreen, mayOpen, SCREENS, screenAt, screensFor } from '../screens.ts'
import { Loading } from '../ui/loading.tsx'
import { PanelBoundary } from '../ui/panel-boundary.tsx'
import { useTitle } from '../ui/use-title.ts'
import { LivePicture } from './live-picture.tsx'
import { Notice } from './notice.tsx'
import { SessionContext, useUser } from './session.ts'
import { useShellKeys } from './shell-keys.ts'
import { TopBar } from './top-bar.tsx'
import { Tour } from './tour.tsx'
import { forgetTravels, goToScreen } from './travel.ts'
import { useAlerts } from './use-alerts.ts'
import './shell.css'

// The code of the screen that somebody came for is fetched beside this one, not behind it.
screenAt(location.pathname)
  ?.load()
  .catch(() => undefined)

const PARTS = new Map(SCREENS.map(({ name, load }) => [name, lazy<() => ReactNode>(load)]))

interface Props {
  readonly session: SessionView
  onSignedOut(): void
}

/** What stays from screen to screen: who works here, the live picture, the bar above. */
export default function Shell({ session, onSignedOut }: Props) {
  const leave = useRef(onSignedOut)
  leave.current = onSignedOut
  const here = useMemo(() => {
    const left = () => {
      forgetTravels()
      leave.current()
    }
    return { session, signOut: () => void signOut().then(left, left) }
  }, [session])
  return (
    <SessionContext value={here}>
      <LivePicture>
        <Frame onSignedOut={onSignedOut} />
      </LivePicture>
    </SessionContext>
  )
}

function Frame({ onSignedOut }: { onSignedOut(): void }) {
  const { t } = useWords()
  const user = useUser()
  const [path] = useLocation()
  const onWall = new URLSearchParams(useSearch()).has('wall')
  const [help, setHelp] = useState(false)
  const screens = useMemo(() => screensFor(user), [user])
  const screen = screenAt(path)
  useTitle(useRegistry().district, t(screen ? `screen.${screen.name}` : 'shell.nowhere'))
  useShellKeys({ screens, help: () => setHelp(true) })
  return (
    <div className="shell" data-screen={screen?.name} data-wall={onWall || undefined}>
      <button type="button" className="skip" onClick={skip}>
        {t('shell.skip')}
      </button>
      {screen?.name === 'map' && !onWall && <Tour />}
      {!onWall && <TopBar screens={screens} current={screen?.name} onHelp={() => setHelp(true)} />}
      <div id="stage" className="stage">
        <Stage screen={screen} allowed={screen !== undefined && mayOpen(screen, user)} />
      </div>
      <ConnectionNotice />
      <Watches onSignedOut={onSignedOut} />
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  )
}

/** The screen itself, or why there is none. */
function Stage({ screen, allowed }: { screen: KnownScreen | undefined; allowed: boolean }) {
  const { t } = useWords()
  const toMap = { words: t('shell.toMap'), act: () => goToScreen('/') }
  if (!screen) return <Notice title={t('shell.nowhere')} text={t('shell.nowhereSub')} action={toMap} />
  if (!allowed) return <Notice title={t(`screen.${screen.name}`)} text={t('state.noRight')} action={toMap} />
  const Part = PARTS.get(screen.name)!
  return (
    <PanelBoundary key={screen.name} className="screen" onRetry={() => location.reload()}>
      <Suspense fallback={<Loading label={t('state.loading')} />}>
        <Arrival />
        <Part />
      </Suspense>
    </PanelBoundary>
  )
}

let arrivals = 0

/** Once the code of a screen is there, its heading gets the focus, so that a reader of the screen hears where they are. */
function Arrival() {
  useEffect(() => {
    // The first screen takes no focus: nobody has gone anywhere yet.
    if (arrivals++ > 0) document.querySelector<HTMLElement>('#stage h1')?.focus()
  }, [])
  return null
}

/** Past the bar to what the screen begins with. */
function skip(): void {
  document.querySelector<HTMLElement>('#stage :is(main, [data-start], h1)')?.focus()
}

/** What is watched on every screen. A part of its own, since it follows every message and draws nothing. */
function Watches({ onSignedOut }: { onSignedOut(): void }) {
  const { signedOut, attention } = useLiveView()
  useAlerts(attention?.rows)
  const latest = useRef(onSignedOut)
  latest.current = onSignedOut
  // The server closes the connection on purpose when a session ends: whether this one still stands is asked then.
  useEffect(() => {
    if (!signedOut) return
    currentSession().then(
      (session) => session ?? latest.current(),
      () => undefined,
    )
  }, [signedOut])
  return null
}
