import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when the condition holds; fails with `what` after 20 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await pause(5)
  }
}
