/** A device whose series wait to be adopted. */
export interface WaitingDevice {
  /** `source/device`. */
  readonly id: string
  readonly properties: readonly string[]
  /** Keys of its series. */
  readonly keys: readonly string[]
}

/** Series by the device that they are of, the device with most first. The key of a series is source/device/property. */
export function groupByDevice(keys: readonly string[]): WaitingDevice[] {
  const groups = Map.groupBy(keys, (key) => key.slice(0, key.lastIndexOf('/')))
  return [...groups]
    .map(([id, of]) => ({ id, keys: of, properties: of.map((key) => key.slice(key.lastIndexOf('/') + 1)) }))
    .sort((a, b) => b.keys.length - a.keys.length || a.id.localeCompare(b.id))
}
