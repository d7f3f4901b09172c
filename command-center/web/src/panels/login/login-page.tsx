import type { AboutView, SessionView } from '@quartier/contracts/api'
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react'
import { fetchAbout, RequestError, signIn } from '../../api/client.ts'
import { formatDate, formatSpan, formatTime, timeZone } from '../../i18n/format.ts'
import { nameIn, type Translate, useWords } from '../../i18n/translate.ts'
import { setPreferences } from '../../theme/preferences.ts'
import { Brand } from '../../ui/brand.tsx'
import { type RequestState, useRequest } from '../../ui/use-request.ts'
import { useTitle } from '../../ui/use-title.ts'
import { PlanDrawing } from './plan-drawing.tsx'
import './login.css'

const ABOUT_REFRESH_MS = 10_000

export function LoginPage({ onSignedIn }: { onSignedIn(session: SessionView): void }) {
  const { t, language } = useWords()
  const about = useRequest('about', fetchAbout, ABOUT_REFRESH_MS)
  const district = about.data?.district
  useTitle(district)
  return (
    <div className="login">
      <main>
        <header>
          <span className="brand">
            <Brand size={26} />
            Quartier
          </span>
          <button
            type="button"
            className="btn quiet"
            lang={language === 'ar' ? 'en' : 'ar'}
            onClick={() => setPreferences({ language: language === 'ar' ? 'en' : 'ar' })}
          >
            {t('top.language')}
          </button>
        </header>
        <div className="login-middle">
          <h1>{district ? nameIn(language, district) : t('login.subtitle')}</h1>
          <p className="soft">{district ? t('login.subtitle') : ' '}</p>
          <LoginForm onSignedIn={onSignedIn} />
        </div>
        <Facts about={about} />
      </main>
      <aside className="map" aria-hidden="true">
        <PlanDrawing />
      </aside>
    </div>
  )
}

function LoginForm({ onSignedIn }: { onSignedIn(session: SessionView): void }) {
  const { t } = useWords()
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const user = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const name = user.current!.value.trim()
    if (!name || !password.current!.value) {
      setProblem(t('login.missing'))
      return
    }
    setBusy(true)
    setProblem('')
    try {
      onSignedIn(await signIn(name, password.current!.value))
    } catch (error) {
      setProblem(refusalWords(error, t))
      setBusy(false)
      password.current?.focus()
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <label htmlFor="user">{t('login.user')}</label>
      <input
        ref={user}
        className="field"
        id="user"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        dir="ltr"
        // biome-ignore lint/a11y/noAutofocus: the page has one purpose
        autoFocus
      />
      <label htmlFor="password">{t('login.password')}</label>
      <div className="with-button">
        <input
          ref={password}
          className="field"
          id="password"
          type={shown ? 'text' : 'password'}
          autoComplete="current-password"
          dir="ltr"
          aria-describedby="password-hint"
        />
        <button type="button" className="btn" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {t(shown ? 'login.hide' : 'login.show')}
        </button>
      </div>
      <p className="mute" id="password-hint">
        {t('login.paste')}
      </p>
      <p className="problem" role="alert">
        {problem}
      </p>
      <button type="submit" className="btn primary" disabled={busy}>
        {t(busy ? 'login.busy' : 'login.submit')}
      </button>
    </form>
  )
}

/** Why the sign-in failed and what to do, without blame. */
export function refusalWords(error: unknown, t: Translate): string {
  if (!(error instanceof RequestError)) return t('login.unreachable')
  if (error.status === 401) return t('login.wrong')
  if (error.status === 429) return t('login.limited', { wait: formatSpan((error.retryAfterS || 60) * 1000, t) })
  return error.status === 0 ? t('login.unreachable') : t('state.refused', { reason: error.message })
}

/** Whether somebody is there, and the time in the control room: the platform's, not this browser's. */
function Facts({ about: { data, error } }: { about: RequestState<AboutView> }) {
  const { t, language } = useWords()
  const now = useRunning(data?.at)
  const platform = error ? 'Down' : data ? 'Up' : 'Ask'
  return (
    <footer>
      <dl>
        <dt>{t('login.platform')}</dt>
        <dd className={error ? 'strong' : ''}>{t(`login.platform${platform}`)}</dd>
        {now !== undefined && (
          <>
            <dt>{t('login.time')}</dt>
            <dd>
              {formatDate(now, language)}
              {language === 'ar' ? '، ' : ', '}
              <bdi>
                {formatTime(now)} {timeZone()}
              </bdi>
            </dd>
          </>
        )}
      </dl>
      <p className="mute">{t('login.logged')}</p>
    </footer>
  )
}

/** An instant that the server told, running on with this machine's clock. */
function useRunning(told: number | undefined): number | undefined {
  const heard = useMemo(() => told !== undefined && { told, at: performance.now() }, [told])
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return heard ? heard.told + performance.now() - heard.at : undefined
}
