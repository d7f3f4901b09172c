import { useEffect, useId, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import { useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import { figuresAt, windowAt } from './figures.ts'
import type { HistoryProps } from './history-part.tsx'
import { LaneChart } from './lane-chart.tsx'
import { stripsHeight } from './lane-paint.ts'
import type { History } from './use-history.ts'
import { between, pan, zoom } from './view.ts'
import { cardWords, changeWords, instantWords, listed, quantityWords } from './words.ts'

const LEAST_PX = 190
const MOST_PX = 960
const FAST = 10

/** The charts, one below the other, with one cursor; worked by pointer or by keys. */
export function LanesView(props: HistoryProps & { readonly history: History }) {
  const { t, language } = useWords()
  const { history, lanes, chosen, changes, cards, lit, cursor, onShow, onCursor } = props
  const { from, to, view } = history
  const sync = useId()
  const { host, height } = useRoom()
  const registry = useRegistry()
  const [mark, setMark] = useState<number>()
  const keys = useId()

  const words = useMemo(() => {
    const zoneName = (id: string) => {
      const zone = registry.placeById.get(id)
      return zone ? (language === 'ar' && zone.nameAr) || zone.name : id
    }
    return {
      now: t('card.now'),
      until: (change: (typeof changes)[number]) => {
        const letter = chosen.length > 1 ? `${chosen[change.series]!.letter}: ` : ''
        return letter + changeWords(change, zoneName, t, language)
      },
    }
  }, [registry, chosen, t, language])

  const twoAxes = lanes.some(({ units }) => units.length > 1)
  const each = Math.floor(height / Math.max(1, lanes.length))

  /** Puts the cursor of all charts on an instant, as the pointer would. */
  const lookAt = (at: number) => {
    const inside = Math.min(to, Math.max(from, at))
    for (const chart of uPlot.sync(sync).plots)
      chart.setCursor({ left: chart.valToPos(inside / 1000, 'x'), top: 10 }, false)
    onCursor(inside)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = cursor ?? Math.min(to, view.at)
    const step = view.stepMs * (event.shiftKey ? FAST : 1)
    const window = view.from + (windowAt(view, at) + 0.5) * view.stepMs
    const act: Record<string, () => void> = {
      ArrowLeft: () => lookAt(window - step),
      ArrowRight: () => lookAt(window + step),
      Home: () => lookAt(from),
      End: () => lookAt(Math.min(to, view.at)),
      PageUp: () => onShow({ range: pan(from, to, -0.5) }),
      PageDown: () => onShow({ range: pan(from, to, 0.5) }),
      '+': () => onShow({ range: zoom(from, to, 2, cursor) }),
      '=': () => onShow({ range: zoom(from, to, 2, cursor) }),
      '-': () => onShow({ range: zoom(from, to, 0.5, cursor) }),
      ' ': () => {
        if (mark === undefined) setMark(at)
        else if (mark !== at) {
          onShow({ range: between(Math.min(mark, at), Math.max(mark, at)) })
          setMark(undefined)
        }
      },
      Escape: () => setMark(undefined),
    }
    if (!act[event.key]) return
    act[event.key]!()
    event.preventDefault()
  }

  const spoken = () => {
    if (cursor === undefined) return instantWords(Math.min(to, view.at), language)
    const values = chosen.flatMap(({ key, letter }) => {
      const card = cards.get(key)
      const figures = figuresAt(view, key, cursor)
      if (typeof card !== 'object' || !figures) return []
      return `${letter}, ${cardWords(card, language).title}: ${quantityWords(figures.mean, figures.unit, t)}`
    })
    return listed([instantWords(cursor, language), ...values], language)
  }

  return (
    <>
      <p id={keys} className="vh">
        {t('explore.chartKeys')}
      </p>
      <div
        ref={host}
        className="lanes"
        role="slider"
        tabIndex={0}
        aria-label={t('explore.cursor')}
        aria-describedby={keys}
        aria-valuemin={0}
        aria-valuemax={Math.max(1, view.windows - 1)}
        aria-valuenow={Math.max(0, windowAt(view, cursor ?? Math.min(to, view.at)))}
        aria-valuetext={spoken()}
        onKeyDown={onKeyDown}
      >
        {height > 0 &&
          lanes.map((lane) => (
            <LaneChart
              key={lane.id}
              picture={{ lane, chosen, changes, lit, now: view.at, words }}
              {...{ from, to, twoAxes, sync, onCursor }}
              height={Math.min(MOST_PX, Math.max(LEAST_PX + stripsHeight(lane), each))}
              onZoom={(begin, end) => onShow({ range: between(begin, end) })}
            />
          ))}
      </div>
      <p className="l lanes-key" role="status">
        {mark !== undefined
          ? t('explore.marked', { time: instantWords(mark, language) })
          : props.view.compare
            ? t('explore.key', { before: t(`explore.before.${props.view.compare}`) })
            : t('explore.keyPlain')}
      </p>
    </>
  )
}

/** How much height there is for the charts. */
function useRoom() {
  const host = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setHeight(Math.floor(entry!.contentRect.height)))
    observer.observe(host.current!)
    return () => observer.disconnect()
  }, [])
  return { host, height }
}
