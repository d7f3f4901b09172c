/** What must be undone before this process may end: servers that run, file systems that are mounted, folders. */
const open = new Set<() => Promise<void>>()

/** Returns what undoes it now, once; until then {@link undoAll} would. */
export function undoLater(undo: () => Promise<void>): () => Promise<void> {
  let undone: Promise<void> | undefined
  const once = () => {
    open.delete(once)
    undone ??= undo()
    return undone
  }
  open.add(once)
  return once
}

/** Undoes everything, the last first. */
export async function undoAll(): Promise<void> {
  for (const undo of [...open].toReversed()) await undo().catch(() => {})
}
