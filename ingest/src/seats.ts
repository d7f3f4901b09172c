import type { Records } from '@quartier/contracts/records'

/** Seats that ingesters take, as many as may take part; more of them wait until one becomes free. */
const SEATS = 16
const SEAT = 'ingest.seat/'

export interface Seat {
  /** The number of the seat that is ours; `undefined` while there is none. */
  number(): number | undefined
  /** Settles once the signal has aborted and the seat is free again. */
  readonly done: Promise<void>
}

/** Takes a free seat and holds it until the signal; one that was lost is replaced by whichever is free then. */
export function holdSeat(records: Pick<Records, 'lease'>, ttlMs: number, signal: AbortSignal): Seat {
  let own: number | undefined
  const tryAll = async () => {
    const chosen = new AbortController()
    const attempts = Array.from({ length: SEATS }, (_, number) => {
      const given = new AbortController()
      chosen.signal.addEventListener('abort', () => own !== number && given.abort())
      const sit = async (held: AbortSignal) => {
        if (own !== undefined || held.aborted) return
        own = number
        chosen.abort()
        await new Promise<void>((resolve) => held.addEventListener('abort', () => resolve(), { once: true }))
        own = undefined
        given.abort()
      }
      return records.lease(SEAT + number, sit, { ttlMs, signal: AbortSignal.any([signal, given.signal]) })
    })
    await Promise.all(attempts)
  }
  const done = (async () => {
    while (!signal.aborted) await tryAll()
  })()
  return { number: () => own, done }
}

/** The seats that are taken, lowest first. */
export async function liveSeats(records: Pick<Records, 'leases'>): Promise<number[]> {
  const names = await records.leases(SEAT)
  return names.map((name) => Number(name.slice(SEAT.length))).sort((a, b) => a - b)
}

/** The partitions of a seat: they go round, seat by seat. */
export function shareOf(seat: number, seats: readonly number[], partitions: number): number[] {
  const place = seats.indexOf(seat)
  if (place < 0) return []
  return Array.from({ length: partitions }, (_, p) => p).filter((p) => p % seats.length === place)
}
