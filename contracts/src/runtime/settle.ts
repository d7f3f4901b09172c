import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives back the memory that starting took: reading a district's definitions leaves several times their size as
 * garbage, which V8 would keep until it needs the room. Blocks for some tens of milliseconds.
 */
export function settleMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}
