import { lazy, Suspense } from 'react'
import { formatSpan, timeZone } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { Num } from '../../ui/num.tsx'
import { Empty, Failed } from '../../ui/states.tsx'
import type { Change, Chosen, Lane } from './lanes.ts'
import type { Card, History, HistoryState } from './use-history.ts'
import type { ExploreView } from './view.ts'
import { WindowsTable } from './windows-table.tsx'
import { instantWords } from './words.ts'

const Lanes = lazy(async () => ({ default: (await import('./lanes-view.tsx')).LanesView }))

export interface HistoryProps {
  readonly view: ExploreView
  readonly state: HistoryState
  readonly lanes: readonly Lane[]
  readonly chosen: readonly Chosen[]
  readonly changes: readonly Change[]
  readonly cards: ReadonlyMap<string, Card>
  readonly lit: number | undefined
  /** The instant that is looked at, epoch ms. */
  readonly cursor: number | undefined
  onShow(change: Partial<ExploreView>): void
  onCursor(at: number | undefined): void
}

/** The charts or their table, with the time that they show; while another is loaded the old one stays. */
export function HistoryPart(props: HistoryProps) {
  const { t } = useWords()
  const { view, state, lanes } = props
  const { history, loading, error, retry } = state
  const spanMs = view.range.type === 'last' ? view.range.ms : view.range.to - view.range.from
  const has = history?.view.series.some(({ count }) => count.some((n) => n > 0)) || lanes.some(hasEarlier)
  return (
    <section className="history" aria-busy={loading} data-old={loading && history ? true : undefined}>
      <p className="vh" role="status">
        {loading ? t('explore.loading', { span: formatSpan(spanMs, t) }) : ''}
      </p>
      {history && <Period history={history} loading={loading} />}
      {error && history && (
        <p className="old-notice" role="alert">
          <b>{t('explore.error')}</b> {errorWords(error, t)} {t('explore.stale')}{' '}
          <button type="button" className="btn" onClick={retry}>
            {t('state.retry')}
          </button>
        </p>
      )}
      {!history && error && <Failed what={t('explore.error')} error={error} retry={retry} />}
      {!history && loading && <Loading label={t('explore.loading', { span: formatSpan(spanMs, t) })} />}
      {history && !has && !loading && <Nothing history={history} />}
      {history && (has || loading) && view.as === 'table' && <WindowsTable {...props} history={history} />}
      {history && (has || loading) && view.as === 'charts' && (
        <Suspense fallback={<Loading label={t('explore.loading', { span: formatSpan(spanMs, t) })} />}>
          <Lanes {...props} history={history} />
        </Suspense>
      )}
    </section>
  )
}

const hasEarlier = ({ traces }: Lane): boolean => traces.some(({ earlier }) => earlier.length > 0)

function Nothing({ history: { from, to } }: { history: History }) {
  const { t, language } = useWords()
  return (
    <Empty title={t('explore.nothing')}>
      {t('explore.nothingSub', { from: instantWords(from, language), to: instantWords(to, language) })}
    </Empty>
  )
}

/** From when to when, in which zone, and how fine. */
function Period({ history, loading }: { history: History; loading: boolean }) {
  const { t, language } = useWords()
  const { from, to, view } = history
  return (
    <p className="period l" data-loading={loading || undefined}>
      <b>{t('explore.period', { from: instantWords(from, language), to: instantWords(to, language) })}</b>
      <bdi>{timeZone()}</bdi>
      <span>{t('explore.windows', { step: formatSpan(view.stepMs, t) })}</span>
      {loading && <Num>…</Num>}
    </p>
  )
}
