import { useEffect, useMemo, useRef } from 'react'
import '../../charts/browser-language.ts'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { axisFont } from '../../charts/paint.ts'
import { lonePoints, tickWords } from '../../charts/ticks.ts'
import { formatTime, timeZone } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { usePreferences } from '../../theme/preferences.ts'
import { readPalette } from '../../theme/tokens.ts'
import { type Trend, trendRange } from './trend-data.ts'
import { trendHooks } from './trend-hooks.ts'

interface Props {
  readonly trend: Trend
  readonly unit: string
  readonly validMin: number | null
  readonly validMax: number | null
  /** Platform time at the right edge, epoch ms. */
  readonly now: number
  readonly spanMs: number
  readonly label: string
  readonly height: number
}

/** A day of one series. Ink is measured, hatch is blind, the flat band is the valid range. Never mirrored. */
export function TrendChart({ trend, unit, validMin, validMax, now, spanMs, label, height }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const { theme } = usePreferences()
  const { t } = useWords()
  const words = useMemo(() => ({ now: t('card.now'), limit: (value: string) => t('card.limit', { value }) }), [t])
  const range = useMemo(() => trendRange(trend, [validMin, validMax]), [trend, validMin, validMax])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what the tokens are
  useEffect(() => {
    const palette = readPalette()
    const element = host.current!
    const font = axisFont()
    const axis = {
      stroke: palette['ink-2'],
      font,
      grid: { show: false },
      ticks: { stroke: palette['ink-3'], width: 1, size: 4 },
      border: { show: true, stroke: palette['line-2'], width: 1 },
    }
    const chart = new uPlot(
      {
        width: Math.floor(element.getBoundingClientRect().width),
        height,
        padding: [20, 12, 0, 0],
        tzDate: (s) => uPlot.tzDate(new Date(s * 1000), timeZone()),
        legend: { show: false },
        cursor: { y: false, points: { size: 7, fill: palette.trace }, drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: () => [(now - spanMs) / 1000, now / 1000] },
          y: { range: () => range },
        },
        axes: [
          { ...axis, gap: 3, size: 24, space: 64, values: (_, ticks) => ticks.map((s) => formatTime(s * 1000)) },
          { ...axis, gap: 4, size: 46, space: 32, values: (_, ticks) => tickWords(ticks) },
        ],
        series: [
          {},
          {
            stroke: palette.trace,
            width: 1.6,
            spanGaps: false,
            points: { show: true, filter: lonePoints, size: 4, fill: palette.trace },
          },
        ],
        hooks: trendHooks({ trend, validMin, validMax, unit, palette, axisFont: font, words }),
      },
      [[...trend.at], [...trend.mean]],
      element,
    )
    const observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry!.contentRect.width)
      if (width > 0 && width !== chart.width) chart.setSize({ width, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.destroy()
    }
  }, [trend, unit, validMin, validMax, now, spanMs, words, height, range, theme])

  return <div ref={host} className="trend" dir="ltr" role="img" aria-label={label} />
}
