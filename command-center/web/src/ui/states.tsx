import type { ReactNode } from 'react'
import { useWords } from '../i18n/translate.ts'
import { errorWords } from './error-words.ts'
import { Loading } from './loading.tsx'
import type { RequestState } from './use-request.ts'

interface FailedProps {
  readonly error: Error
  /** What did not come; left out where it is plain. */
  readonly what?: string
  retry?(): void
}

/** In the place of the part that failed: what failed, why, and another try. */
export function Failed({ error, what, retry }: FailedProps) {
  const { t } = useWords()
  const why = errorWords(error, t) || t('state.panelFailed')
  return (
    <div className="part-state" role="alert">
      <b>{what ?? why}</b>
      {what && <span className="soft">{why}</span>}
      {retry && (
        <button type="button" className="btn" onClick={retry}>
          {t('state.retry')}
        </button>
      )}
    </div>
  )
}

/** Nothing is there, which may be good: a plain sentence, and what it means. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <p className="empty">
      <b>{title}</b>
      {children && <span className="soft">{children}</span>}
    </p>
  )
}

/** What this person's role may not do or see: the reason in place of the thing. */
export function NoRight({ reason }: { readonly reason?: string }) {
  const { t } = useWords()
  return <p className="no-right">{reason ?? t('state.noRight')}</p>
}

interface AskedProps<T> {
  readonly request: RequestState<T>
  readonly loading?: string
  /** What did not come, when it does not. */
  readonly what?: string
  readonly children: (data: T) => ReactNode
}

/** What a request answered; until then that it is asked for, and why when it failed. An old answer stays. */
export function Asked<T>({ request: { data, error, loading, retry }, loading: words, what, children }: AskedProps<T>) {
  const { t } = useWords()
  return (
    <>
      {loading && <Loading label={words ?? t('state.loading')} />}
      {error && data === undefined && <Failed error={error} retry={retry} {...(what !== undefined && { what })} />}
      {data !== undefined && children(data)}
    </>
  )
}
