import type { RejectedCountsView } from '@quartier/contracts/api'
import { useDeferredValue, useState } from 'react'
import { fetchRejected, fetchRejectedCounts, redrive } from '../../api/operations.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { reasonWords } from '../../i18n/vocabulary.ts'
import { useUser } from '../../shell/session.ts'
import { goToScreen } from '../../shell/travel.ts'
import { SearchField } from '../../ui/fields.tsx'
import { Num } from '../../ui/num.tsx'
import { Problem, Said } from '../../ui/said.tsx'
import { Asked } from '../../ui/states.tsx'
import { useCommand } from '../../ui/use-command.ts'
import { useRequest } from '../../ui/use-request.ts'
import { LetterTable } from './letter-table.tsx'
import { addResults, canTry, NONE, type RedriveSums, redriveAll } from './redrive.ts'

const REFRESH_MS = 5_000
const PAGE = 50
const DAY_MINUTES = 1440

interface Filter {
  readonly source: string
  readonly reason: string
}

/** What arrived and could not be used: why, what it was, and a way back in once its cause is mended. */
export function DeadLetters({ mayRedrive }: { readonly mayRedrive: boolean }) {
  const { t } = useWords()
  const { role } = useUser()
  const [text, setText] = useState('')
  const [filter, setFilter] = useState<Filter>()
  const [before, setBefore] = useState<number>()
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [sums, setSums] = useState<RedriveSums & { readonly isDone: boolean }>()
  const { busy, problem, run } = useCommand()
  const words = useDeferredValue(text.trim())
  const query = new URLSearchParams({ limit: String(PAGE) })
  if (words) query.set('text', words)
  if (filter) {
    query.set('reason', filter.reason)
    if (filter.source) query.set('source', filter.source)
  }
  const paged = new URLSearchParams(query)
  if (before !== undefined) paged.set('before', String(before))
  const request = useRequest(`rejected ${paged}`, (signal) => fetchRejected(paged, signal), REFRESH_MS)
  const counts = useRequest('rejected counts', (signal) => fetchRejectedCounts(DAY_MINUTES, signal), REFRESH_MS)
  const letters = request.data?.letters ?? []
  const narrow = (act: () => void) => {
    act()
    setBefore(undefined)
    setChosen(new Set())
    setSums(undefined)
  }
  const takeIn = (offsets: readonly number[]) =>
    run(`redrive ${offsets.join(' ')}`, async (key) => {
      setSums({ ...addResults(NONE, await redrive(offsets, key)), isDone: true })
      setChosen(new Set())
      request.retry()
    })
  const takeInAll = () =>
    run(`redrive all ${query}`, async () => {
      setSums({ ...NONE, isDone: false })
      const all = await redriveAll(query, (soFar) => setSums({ ...soFar, isDone: false }))
      setSums({ ...all, isDone: true })
      setChosen(new Set())
      request.retry()
    })
  return (
    <>
      <p className="soft intro">{t('letters.intro')}</p>
      <Asked request={counts}>
        {(view) => <Reasons view={view} chosen={filter} onChoose={(next) => narrow(() => setFilter(next))} />}
      </Asked>
      <search className="find">
        <SearchField label={t('letters.search')} value={text} onChange={(next) => narrow(() => setText(next))} />
        {role === 'administrator' && (
          <button type="button" className="btn" onClick={() => goToScreen('/mappings')}>
            {t('letters.mend')}
          </button>
        )}
      </search>
      <div className="redrive">
        {mayRedrive ? (
          <>
            <button
              type="button"
              className="btn primary"
              disabled={busy || chosen.size === 0}
              onClick={() => void takeIn([...chosen])}
            >
              {t('letters.redrive')}
            </button>
            <button
              type="button"
              className="btn"
              disabled={busy || !letters.some(canTry)}
              onClick={() => void takeInAll()}
            >
              {t('letters.redriveAll')}
            </button>
            <span className="l" role="status">
              {chosen.size > 0 && t('letters.chosen', { n: formatNumber(chosen.size) })}
            </span>
          </>
        ) : (
          <span className="l">{t('letters.redriveMay')}</span>
        )}
      </div>
      <Problem>{problem}</Problem>
      {sums && <Outcome sums={sums} />}
      <Asked request={request}>
        {({ letters: shown, next }) => (
          <>
            {shown.length === 0 && <p className="empty soft">{t('letters.none')}</p>}
            {shown.length > 0 && (
              <LetterTable
                letters={shown}
                chosen={chosen}
                onChoose={mayRedrive ? (offsets, on) => setChosen(withAll(chosen, offsets, on)) : undefined}
              />
            )}
            <p className="pages">
              <span className="l" />
              {before !== undefined && (
                <button type="button" className="btn" onClick={() => setBefore(undefined)}>
                  {t('letters.newest')}
                </button>
              )}
              {next !== null && (
                <button type="button" className="btn" onClick={() => setBefore(next)}>
                  {t('letters.older')}
                </button>
              )}
            </p>
          </>
        )}
      </Asked>
    </>
  )
}

function withAll(chosen: ReadonlySet<number>, offsets: readonly number[], on: boolean): ReadonlySet<number> {
  const next = new Set(chosen)
  for (const offset of offsets) {
    if (on) next.add(offset)
    else next.delete(offset)
  }
  return next
}

function Outcome({ sums }: { readonly sums: RedriveSums & { readonly isDone: boolean } }) {
  const { t } = useWords()
  if (!sums.isDone) return <Said>{t('letters.working', { done: formatNumber(sums.appended) })}</Said>
  return (
    <Said>
      {t('letters.done', {
        appended: formatNumber(sums.appended),
        readings: formatNumber(sums.readings),
        refused: formatNumber(sums.refused),
        impossible: formatNumber(sums.impossible),
      })}
    </Said>
  )
}

interface ReasonsProps {
  readonly view: RejectedCountsView
  readonly chosen: Filter | undefined
  onChoose(filter: Filter | undefined): void
}

/** How often which reason, each a way to narrow the list. */
function Reasons({ view: { reasons, complete }, chosen, onChoose }: ReasonsProps) {
  const { t, language } = useWords()
  if (reasons.length === 0) return <p className="soft">{t('letters.reasonsNone')}</p>
  const isChosen = (one: Filter) => chosen?.reason === one.reason && chosen.source === one.source
  return (
    <fieldset className="reasons">
      <legend className="l">{t('letters.reasons')}</legend>
      <button type="button" className="btn" aria-pressed={chosen === undefined} onClick={() => onChoose(undefined)}>
        {t('letters.all')}
      </button>
      {reasons.slice(0, 12).map((one) => (
        <button
          key={`${one.source} ${one.reason}`}
          type="button"
          className="btn"
          aria-pressed={isChosen(one)}
          onClick={() => onChoose(isChosen(one) ? undefined : { source: one.source, reason: one.reason })}
        >
          <Num>{formatNumber(one.letters)}</Num> {reasonWords(one.reason, language)}
          <bdi className="l">{one.source}</bdi>
        </button>
      ))}
      {!complete && <span className="l">{t('letters.incomplete')}</span>}
    </fieldset>
  )
}
