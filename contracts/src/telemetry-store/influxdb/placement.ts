import { hashed, hashText } from '../../series/id.ts'
import { SLOTS } from '../../series/key.ts'

/** Which servers took readings from some moment on; slots are spread over `servers`, each on `copies` of them. */
export interface Generation {
  readonly servers: readonly string[]
  readonly copies: number
  /** Into how many parts the store is divided among its writers; absent when it is not. */
  readonly parts?: number
}

/**
 * The servers of a slot by rendezvous hash: those with the highest scores. A server that is added takes slots from all
 * others alike, and no slot moves between two of those that were there.
 */
export function serversOfSlot(slot: number, { servers, copies }: Generation): string[] {
  const scored = servers.map((name) => {
    hashText(`${name} ${slot}`)
    return { name, score: hashed.hi * 2 ** 32 + hashed.lo }
  })
  scored.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
  return scored.slice(0, copies).map((s) => s.name)
}

/** By slot: who takes its readings now, and who may hold some, as groups of copies, the newest generation first. */
export interface Placement {
  readonly writeTo: readonly (readonly string[])[]
  readonly readFrom: readonly (readonly (readonly string[])[])[]
}

/** Lays out the slots for generations given oldest first. */
export function place(generations: readonly Generation[]): Placement {
  const newestFirst = generations.toReversed()
  const readFrom = Array.from({ length: SLOTS }, (_, slot) => {
    const groups: string[][] = []
    for (const generation of newestFirst) {
      const group = serversOfSlot(slot, generation)
      if (!groups.some((g) => g.every((name) => group.includes(name)))) groups.push(group)
    }
    return groups
  })
  return { readFrom, writeTo: readFrom.map((groups) => groups[0] ?? []) }
}
