import { ASSETS } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import type { Records } from '@quartier/contracts/records'
import { createDistrict, type District, loadDistrict } from './district.ts'

/** The district as the registry has it now; reloads when the registry's counts or `assets.v1` have moved. */
export class DistrictSource {
  now: District = createDistrict([], [])
  /** Counts up with every reload. */
  revision = 0
  /** Series that wait for somebody to adopt them. */
  quarantined = 0
  #signature = ''
  #loading: Promise<void> | undefined
  readonly #records: Records
  readonly #log: EventLog

  constructor(deps: { records: Records; log: EventLog }) {
    this.#records = deps.records
    this.#log = deps.log
  }

  /** Looks whether something changed, and loads it; calls that overlap share one look. */
  refresh(): Promise<void> {
    this.#loading ??= this.#look().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #look(): Promise<void> {
    const [{ places, assets, quarantined }, ranges] = await Promise.all([
      this.#records.registry.counts(),
      this.#log.ranges(ASSETS),
    ])
    this.quarantined = quarantined
    const signature = JSON.stringify([places, assets, ranges])
    if (signature === this.#signature) return
    this.now = await loadDistrict(this.#records.registry)
    this.#signature = signature
    this.revision++
  }
}
