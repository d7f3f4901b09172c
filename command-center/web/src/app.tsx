import type { SessionView } from '@quartier/contracts/api'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { currentSession } from './api/client.ts'
import { translator, useWords, WordsContext } from './i18n/translate.ts'
import { LoginPage } from './panels/login/login-page.tsx'
import { usePreferences } from './theme/preferences.ts'
import { Loading } from './ui/loading.tsx'
import { PanelBoundary } from './ui/panel-boundary.tsx'

const Desk = lazy(() => import('./desk.tsx'))

export function App() {
  const { language } = usePreferences()
  const words = useMemo(() => ({ language, t: translator(language) }), [language])
  return (
    <WordsContext value={words}>
      <PanelBoundary className="whole">
        <Screen />
      </PanelBoundary>
    </WordsContext>
  )
}

/** Signed in: the desk. Signed out: the way in. */
function Screen() {
  const { t } = useWords()
  const [session, setSession] = useState<SessionView | 'asking' | undefined>('asking')
  useEffect(() => {
    currentSession().then(setSession, () => setSession(undefined))
  }, [])
  if (session === 'asking') return <Loading label={t('state.loading')} />
  if (!session) return <LoginPage onSignedIn={setSession} />
  return (
    <Suspense fallback={<Loading label={t('state.loading')} />}>
      <Desk session={session} onSignedOut={() => setSession(undefined)} />
    </Suspense>
  )
}
