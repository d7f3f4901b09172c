import type { AssetPage } from '@quartier/contracts/api'
import type { LiveSeries, SeriesState } from '@quartier/contracts/live'
import { createContext, useContext } from 'react'
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
  /** All that the registry says about the asset; comes a little later. */
  readonly page: AssetPage | undefined
  /** All series of the asset, or the one without an asset. */
  readonly series: readonly FocusSeries[]
  /** The selected series; of a selected asset its most pressing one. */
  readonly shown: FocusSeries | undefined
}

export const NO_FOCUS: Focus = { status: 'none', asset: undefined, page: undefined, series: [], shown: undefined }
export const FocusContext = createContext<Focus>(NO_FOCUS)

/** What is selected; replaced a few times a second. */
export const useFocus = (): Focus => useContext(FocusContext)
