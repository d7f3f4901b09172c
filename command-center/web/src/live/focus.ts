import type { LiveSeries, SeriesState } from '@quartier/contracts/live'
import { useMemo } from 'react'
import { useSelection } from '../desk-state.ts'
import { useNow, useSituation } from './hooks.ts'
import type { AssetNode } from './registry.ts'

/** One series of what is selected, with its newest reading. */
export interface FocusSeries extends LiveSeries {
  /** NaN until there is one. */
  readonly value: number
  /** Epoch ms; NaN until there is a value. */
  readonly measuredAt: number
  /** Platform ms since then, counting on; NaN until there is a value. */
  readonly ageMs: number
  readonly quality: number
  readonly state: SeriesState
}

/** What is selected, as it is now. */
export interface Focus {
  /** `none`: nothing is selected; `gone`: what is selected is not there, or not for this person. */
  readonly status: 'none' | 'loading' | 'here' | 'gone'
  /** Absent for a series that belongs to no asset. */
  readonly asset: AssetNode | undefined
  /** All series of the asset, or the one without an asset. */
  readonly series: readonly FocusSeries[]
  /** The selected series; of a selected asset its most pressing one. */
  readonly shown: FocusSeries | undefined
}

const NONE: Focus = { status: 'none', asset: undefined, series: [], shown: undefined }

/** Follows what is selected; replaced a few times a second. */
export function useFocus(): Focus {
  const selection = useSelection()
  const situation = useSituation()
  const now = useNow()
  return useMemo(() => {
    if (!selection) return NONE
    if (!situation) return { ...NONE, status: 'loading' }
    const { data, registry, topology, state } = situation
    const at = (i: number): FocusSeries => ({
      ...data.series[i]!,
      value: data.value[i]!,
      measuredAt: data.measuredAt[i]!,
      ageMs: now - data.measuredAt[i]!,
      quality: data.quality[i]!,
      state: state[i] as SeriesState,
    })
    const one = selection.type === 'series' ? data.series.findIndex(({ key }) => key === selection.key) : -1
    const place =
      selection.type === 'asset'
        ? registry.assets.findIndex(({ id }) => id === selection.id)
        : (topology.assetOf[one] ?? -1)
    if (one < 0 && place < 0) return { ...NONE, status: 'gone' }
    const series = (place < 0 ? [one] : topology.seriesOf[place]!).map(at)
    const shown =
      selection.type === 'series'
        ? series.find(({ key }) => key === selection.key)
        : (series.find((s) => s.state !== 0) ?? series[0])
    return { status: 'here', asset: registry.assets[place], series, shown }
  }, [selection, situation, now])
}
