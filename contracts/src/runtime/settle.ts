/**
 * Gives back the memory that starting took: reading a district's definitions leaves several times their size as
 * garbage, which V8 would keep until it needs the room. Blocks for some tens of milliseconds; does nothing where Node
 * was started without `--expose-gc` (setting the flag later would race with other threads).
 */
export function settleMemory(): void {
  globalThis.gc?.()
}
