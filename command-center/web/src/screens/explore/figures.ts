import type { WindowsView } from '@quartier/contracts/api'

export type OneSeries = WindowsView['series'][number]

/** What the readings of a piece of time come to. */
export interface Figures {
  /** Epoch ms, half-open. */
  readonly from: number
  readonly to: number
  readonly count: number
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly last: number | null
  readonly notGood: number
  readonly coverage: number | null
}

/** Those of one window; several where the unit changed within it, oldest first. */
export function figuresOf(view: WindowsView, one: OneSeries, window: number): Figures[] {
  const from = view.from + window * view.stepMs
  const seams = one.seams.filter((seam) => seam.window === window)
  const first: Figures = {
    ...{ from, to: seams[0]?.from ?? from + view.stepMs, count: one.count[window]!, notGood: one.notGood[window]! },
    ...{ mean: one.mean[window]!, min: one.min[window]!, max: one.max[window]!, last: one.last[window]! },
    coverage: one.coverage[window]!,
  }
  return [first, ...seams]
}

/** The unit that readings of an instant have. */
export const unitAt = ({ stretches }: OneSeries, at: number): string =>
  (stretches.findLast(({ from }) => from <= at) ?? stretches[0])?.unit ?? ''

/** The window that holds an instant, -1 when none does. */
export function windowAt(view: WindowsView, at: number): number {
  const window = Math.floor((at - view.from) / view.stepMs)
  return window >= 0 && window < view.windows ? window : -1
}

/** The figures of a series at an instant, with their unit. */
export function figuresAt(
  view: WindowsView,
  key: string,
  at: number,
): (Figures & { readonly unit: string }) | undefined {
  const one = view.series.find((series) => series.key === key)
  const window = windowAt(view, at)
  if (!one || window < 0) return undefined
  const pieces = figuresOf(view, one, window)
  const piece = pieces.findLast(({ from }) => from <= at) ?? pieces[0]!
  return { ...piece, unit: unitAt(one, piece.from) }
}
