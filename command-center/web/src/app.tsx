import type { SessionView } from '@quartier/contracts/api'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { currentSession } from './api/client.ts'
import { translator, useWords, WordsContext } from './i18n/translate.ts'
import { LoginPage } from './panels/login/login-page.tsx'
import { closePreferences, openPreferences, usePreferences } from './theme/preferences.ts'
import { Loading } from './ui/loading.tsx'
import { PanelBoundary } from './ui/panel-boundary.tsx'

const loadShell = () => import('./shell/shell.tsx')
const Shell = lazy(loadShell)

export function App() {
  const { language, digits, clock } = usePreferences()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another clock is another way to write every time
  const words = useMemo(() => ({ language, t: translator(language, digits) }), [language, digits, clock])
  return (
    <WordsContext value={words}>
      <PanelBoundary className="whole">
        <Door />
      </PanelBoundary>
    </WordsContext>
  )
}

/** Signed in: the screens. Signed out: the way in. */
function Door() {
  const { t } = useWords()
  const [session, setSession] = useState<SessionView | 'asking' | undefined>('asking')
  const enter = (who: SessionView | undefined) => {
    if (who) openPreferences(who.user.name)
    else closePreferences()
    setSession(who)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the page opens
  useEffect(() => {
    currentSession().then(enter, () => enter(undefined))
  }, [])
  // While somebody writes their password, what they come for is fetched.
  useEffect(() => {
    if (session === undefined) loadShell().catch(() => undefined)
  }, [session])
  if (session === 'asking') return <Loading label={t('state.loading')} />
  if (!session) return <LoginPage onSignedIn={enter} />
  return (
    <Suspense fallback={<Loading label={t('state.loading')} />}>
      <Shell session={session} onSignedOut={() => enter(undefined)} />
    </Suspense>
  )
}
