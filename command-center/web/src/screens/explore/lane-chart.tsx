import { useEffect, useMemo, useRef } from 'react'
import '../../charts/browser-language.ts'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { axisFont } from '../../charts/paint.ts'
import { instantWords, lonePoints, tickWords } from '../../charts/ticks.ts'
import { timeZone } from '../../i18n/format.ts'
import { preferences, usePreferences } from '../../theme/preferences.ts'
import { readPalette } from '../../theme/tokens.ts'
import type { LanePicture } from './lane-paint.ts'
import { litTraces, paintFront, paintGround, scaleOf, stripsHeight } from './lane-paint.ts'
import { rangeOf } from './lanes.ts'

interface Props {
  readonly picture: LanePicture
  /** What is shown, epoch ms. */
  readonly from: number
  readonly to: number
  readonly height: number
  /** Whether any lane has a second axis: all leave the same room, so that instants stand below each other. */
  readonly twoAxes: boolean
  /** Lanes of one name share their cursor. */
  readonly sync: string
  /** The instant under the pointer, epoch ms; `undefined` when there is none. */
  onCursor(at: number | undefined): void
  onZoom(from: number, to: number): void
}

const AXIS_PX = 52

/** One lane. Ink is measured, the thin line is what it is compared with, hatch is missing. Never mirrored. */
export function LaneChart(props: Props) {
  const { picture, from, to, height, twoAxes, sync } = props
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const latest = useRef(props)
  latest.current = props
  const { theme, language } = usePreferences()
  const { lane, lit } = picture
  // Another shape is another chart; other values are not.
  const shape = JSON.stringify([lane.units, lane.traces.map(({ series, unit }) => [series, unit]), twoAxes])
  const data = useMemo<uPlot.AlignedData>(() => [lane.at as number[], ...lane.traces.flatMap(columnsOf)], [lane])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the lane, the theme for its colours
  useEffect(() => {
    const element = host.current!
    const width = Math.floor(element.getBoundingClientRect().width)
    const made = new uPlot({ ...optionsOf(latest), width, height: latest.current.height }, data, element)
    chart.current = made
    const observer = new ResizeObserver(([entry]) => {
      const next = Math.floor(entry!.contentRect.width)
      if (next > 0 && next !== made.width) made.setSize({ width: next, height: latest.current.height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      chart.current = undefined
      made.destroy()
    }
  }, [shape, sync, theme, language])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the range is read as the values are put in
  useEffect(() => {
    chart.current?.setData(data)
  }, [data, from, to])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the strokes are asked for again
  useEffect(() => {
    chart.current?.redraw(true, true)
  }, [lit, picture.changes, picture.now])
  useEffect(() => {
    const made = chart.current
    if (made && made.height !== height) made.setSize({ width: made.width, height })
  }, [height])

  return <div ref={host} className="lane" dir="ltr" aria-hidden="true" />
}

type Latest = { readonly current: Props }

/** The line itself, and before it the one that it is compared with. */
const columnsOf = ({ earlier, mean }: LanePicture['lane']['traces'][number]) =>
  [earlier.length > 0 ? earlier : mean.map(() => undefined), mean] as (number | null | undefined)[][]

function optionsOf(latest: Latest): Omit<uPlot.Options, 'width' | 'height'> {
  const palette = readPalette()
  const font = axisFont()
  const { picture, twoAxes, sync } = latest.current
  const { lane } = picture
  const axis = {
    stroke: palette['ink-2'],
    font,
    grid: { show: false },
    ticks: { stroke: palette['ink-3'], width: 1, size: 4 },
    border: { show: true, stroke: palette['line-2'], width: 1 },
  }
  const isAboveIn = (scale: 'y' | 'y2') => (chart: uPlot, value: number) => {
    const { min = 0, max = 1 } = chart.scales[scale] as { min?: number; max?: number }
    return value >= min + baseShare(chart) * (max - min)
  }
  const yAxis = (scale: 'y' | 'y2', isAbove = isAboveIn(scale)) => ({
    ...axis,
    ...{ scale, gap: 4, size: AXIS_PX, space: 32, side: scale === 'y' ? 3 : 1 },
    // Below the lowest value the strips stand: no tick there.
    ticks: {
      ...axis.ticks,
      filter: (chart: uPlot, ticks: number[]) => ticks.map((at) => (isAbove(chart, at) ? at : null)),
    },
    values: (chart: uPlot, ticks: number[]) =>
      tickWords(ticks).map((words, i) => (isAbove(chart, ticks[i]!) ? words : '')),
  })
  const yScale = (unit: number) => ({
    auto: true,
    range: (chart: uPlot): [number, number] => {
      const { lane } = latest.current.picture
      const traces = lane.traces.filter((trace) => trace.unit === lane.units[unit])
      const limits = litTraces(latest.current.picture)
        .filter((trace) => traces.includes(trace) && trace.unit === latest.current.picture.chosen[trace.series]!.unit)
        .flatMap(({ series }) => {
          const { validMin, validMax } = latest.current.picture.chosen[series]!
          return [validMin, validMax]
        })
      const [low, high] = rangeOf(traces, limits)
      const share = baseShare(chart)
      return [low - ((high - low) * share) / (1 - share), high]
    },
  })
  /** What part of the height the strips take. */
  function baseShare(chart: uPlot): number {
    const plot = (chart.bbox?.height ?? 0) / devicePixelRatio || latest.current.height - 46
    return Math.min(0.6, stripsHeight(latest.current.picture.lane) / plot)
  }
  const isLit = (series: number) => {
    const { lit } = latest.current.picture
    return lit === undefined || lit === series
  }
  return {
    padding: [24, twoAxes && lane.units.length === 1 ? AXIS_PX : twoAxes ? 0 : 14, 0, 0],
    tzDate: (s) => uPlot.tzDate(new Date(s * 1000), timeZone()),
    legend: { show: false },
    focus: { alpha: 1 },
    cursor: {
      y: false,
      sync: { key: sync, setSeries: false },
      points: { size: 7, fill: palette.trace },
      drag: { x: true, y: false, setScale: false, dist: 6 },
      bind: { dblclick: () => null },
    },
    scales: {
      x: { time: true, range: () => [latest.current.from / 1000, latest.current.to / 1000] },
      y: yScale(0),
      ...(lane.units.length > 1 ? { y2: yScale(1) } : {}),
    },
    axes: [
      {
        ...axis,
        gap: 3,
        size: 24,
        space: 72,
        values: (_, ticks, __, ___, step) => instantWords(ticks, step, preferences().language),
      },
      yAxis('y'),
      ...(lane.units.length > 1 ? [yAxis('y2')] : []),
    ],
    series: [
      {},
      ...lane.traces.flatMap((trace, i): uPlot.Series[] => {
        const scale = scaleOf(lane, trace)
        const color = () => (isLit(trace.series) ? lineColor(palette, i) : palette['ink-4'])
        return [
          { scale, stroke: () => palette['ink-3'], width: 0.8, spanGaps: false, points: { show: false } },
          {
            ...{ scale, stroke: color, width: lineWidth(i), spanGaps: false },
            points: { show: true, filter: lonePoints, size: 4, fill: palette.trace },
          },
        ]
      }),
    ],
    hooks: {
      drawClear: [(chart) => paintGround(chart, latest.current.picture, palette, font)],
      draw: [(chart) => paintFront(chart, latest.current.picture, palette, font)],
      setCursor: [
        (chart) => {
          const { left = -1 } = chart.cursor
          latest.current.onCursor(left < 0 ? undefined : chart.posToVal(left, 'x') * 1000)
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select
          if (width === 0) return
          const [begin, end] = [left, left + width].map((px) => chart.posToVal(px, 'x') * 1000) as [number, number]
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          latest.current.onZoom(begin, end)
        },
      ],
    },
  }
}

/** Lines of one chart differ in weight and tone; their letters tell them apart. */
const lineWidth = (i: number): number => [1.7, 1.1, 2.3][i % 3]!
const lineColor = (palette: ReturnType<typeof readPalette>, i: number): string =>
  palette[(['trace', 'ink-2', 'ink-3'] as const)[i % 3]!]
