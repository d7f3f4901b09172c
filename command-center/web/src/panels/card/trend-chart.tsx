import { useEffect, useMemo, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatTime, formatValue, TIME_ZONE } from '../../i18n/format.ts'
import { usePreferences } from '../../theme/preferences.ts'
import { readPalette } from '../../theme/tokens.ts'
import { DAY_MS, type Trend, trendRange } from './trend-data.ts'
import { trendHooks } from './trend-hooks.ts'

interface Props {
  readonly trend: Trend
  readonly unit: string
  readonly validMin: number | null
  readonly validMax: number | null
  /** Platform time at the right edge, epoch ms. */
  readonly now: number
  readonly nowWord: string
  readonly label: string
  readonly height: number
}

/** A day of one series. Ink is measured, hatch is blind, the flat band is the valid range. Never mirrored. */
export function TrendChart({ trend, unit, validMin, validMax, now, nowWord, label, height }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const { theme } = usePreferences()
  const range = useMemo(() => trendRange(trend, [validMin, validMax]), [trend, validMin, validMax])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what the tokens are
  useEffect(() => {
    const palette = readPalette()
    const element = host.current!
    const axisFont = `11px ${getComputedStyle(document.documentElement).getPropertyValue('--cond')}`
    const axis = {
      stroke: palette['ink-2'],
      font: axisFont,
      grid: { show: false },
      ticks: { stroke: palette['ink-3'], width: 1, size: 4 },
      border: { show: true, stroke: palette['line-2'], width: 1 },
    }
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height,
        padding: [16, 12, 0, 0],
        tzDate: (s) => uPlot.tzDate(new Date(s * 1000), TIME_ZONE),
        legend: { show: false },
        cursor: { y: false, points: { size: 7, fill: palette.trace }, drag: { x: false, y: false } },
        scales: {
          x: { time: true, range: () => [(now - DAY_MS) / 1000, now / 1000] },
          y: { range: () => range },
        },
        axes: [
          { ...axis, gap: 3, size: 24, space: 64, values: (_, ticks) => ticks.map((s) => formatTime(s * 1000)) },
          { ...axis, gap: 4, size: 46, space: 32, values: (_, ticks) => ticks.map((v) => formatValue(v, unit)) },
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
        hooks: trendHooks({ trend, validMin, validMax, unit, palette, axisFont, nowWord }),
      },
      [[...trend.at], [...trend.mean]],
      element,
    )
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.destroy()
    }
  }, [trend, unit, validMin, validMax, now, nowWord, height, range, theme])

  return <div ref={host} className="trend ltr" dir="ltr" role="img" aria-label={label} />
}

/** A value between two gaps has no line: it is shown as a dot. */
function lonePoints(chart: uPlot, seriesIndex: number): number[] {
  const values = chart.data[seriesIndex]!
  const alone: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) alone.push(i)
  }
  return alone
}
