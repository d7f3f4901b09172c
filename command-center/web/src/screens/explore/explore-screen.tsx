import { useMemo, useState } from 'react'
import { useSearch } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { useWords } from '../../i18n/translate.ts'
import { Empty } from '../../ui/states.tsx'
import { ChosenList } from './chosen-list.tsx'
import { ExportMenu } from './export-menu.tsx'
import { HistoryPart } from './history-part.tsx'
import { type Chosen, changesOf, lanesOf } from './lanes.ts'
import { SeriesPicker } from './series-picker.tsx'
import { TimeTools } from './time-tools.tsx'
import { useCards, useHistory } from './use-history.ts'
import { type ExploreView, readView, SERIES_MOST, writeView } from './view.ts'
import '../../ui/screen.css'
import './explore.css'

const LETTERS = 'ABCDEFGHIJKL'

/** Any series over any time: charts, or the same as a table. The address holds all of it. */
export default function ExploreScreen() {
  const { t } = useWords()
  const search = useSearch()
  const view = useMemo(() => readView(search), [search])
  const show = (change: Partial<ExploreView>) =>
    navigate(`/explore?${writeView({ ...view, ...change })}`, { replace: true })
  const [lit, setLit] = useState<number>()
  const [cursor, setCursor] = useState<number>()

  const cards = useCards(view.series)
  const known = view.series.filter((key) => typeof cards.get(key) === 'object')
  const asking = view.series.some((key) => cards.get(key) === 'asking')
  const state = useHistory(asking ? NOTHING : known, view.range, view.compare)
  const { history } = state

  const chosen = useMemo(
    () =>
      view.series.map((key, i): Chosen => {
        const card = cards.get(key)
        const series = typeof card === 'object' ? card.series : undefined
        return {
          ...{ key, letter: LETTERS[i]! },
          unit: series?.unit ?? '',
          intervalMs: series?.intervalMs || (series?.learntIntervalMs ?? 0),
          validMin: series?.validMin ?? null,
          validMax: series?.validMax ?? null,
        }
      }),
    [view.series, cards],
  )
  const lanes = useMemo(() => (history ? lanesOf(chosen, history, view.apart) : []), [chosen, history, view.apart])
  const changes = useMemo(() => (history ? changesOf(chosen, history.view) : []), [chosen, history])

  return (
    <main className="screen explore" tabIndex={-1}>
      <header className="explore-head">
        <h1 tabIndex={-1}>{t('explore.title')}</h1>
        <SeriesPicker
          chosen={view.series}
          onAdd={(key) => show({ series: [...view.series, key] })}
          onRemove={(key) => show({ series: view.series.filter((one) => one !== key) })}
        />
        <ExportMenu history={history} />
      </header>
      <TimeTools view={view} history={history} onShow={show} />
      {view.series.length === 0 ? (
        <div className="explore-empty">
          <Empty title={t('explore.empty')}>{t('explore.emptySub', { n: SERIES_MOST })}</Empty>
        </div>
      ) : (
        <>
          <HistoryPart
            {...{ view, state, lanes, chosen, changes, cards, lit, cursor }}
            onShow={show}
            onCursor={setCursor}
          />
          <ChosenList
            {...{ view, history, chosen, changes, cards, lit, cursor }}
            onLight={setLit}
            onRemove={(key) => {
              setLit(undefined)
              show({ series: view.series.filter((one) => one !== key) })
            }}
          />
        </>
      )}
    </main>
  )
}

const NOTHING: readonly string[] = []
