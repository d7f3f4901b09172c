import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LEDGER, type LedgerEntry, READINGS, topic } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { expect, vi } from 'vitest'
import type { SharedSetup } from './shared-process.ts'

const PARTS = topic(READINGS).partitions
export const WAIT = { timeout: 60_000, interval: 100 }

/** Ingesters that divide the partitions among themselves, each a process of its own that can be killed. */
export class SharedIngesters {
  readonly #setup: SharedSetup
  readonly #running = new Set<Ingester>()

  constructor(setup: SharedSetup) {
    this.#setup = setup
  }

  begin(): void {
    this.#running.add(new Ingester(this.#setup))
  }

  /** Kills the `n`-th of those that run. */
  kill(n: number): void {
    const victim = [...this.#running][n] as Ingester
    this.#running.delete(victim)
    victim.kill()
  }

  /** Kills one after the other, and lets another begin in its place. */
  async killInTurn(kills: number): Promise<void> {
    for (let n = 0; n < kills; n++) {
      await delay(1_500)
      this.kill(n % 2)
      if (n === 0) await this.divided() // the other has everything
      this.begin()
      await this.divided()
    }
  }

  killAll(): void {
    while (this.#running.size > 0) this.kill(0)
  }

  /** Resolves when the partitions are divided evenly among those that run. */
  divided(): Promise<void> {
    return vi.waitFor(() => {
      const shares = [...this.#running].map((i) => [...i.partitions])
      expect(shares.flat().sort()).toEqual(Array.from({ length: PARTS }, (_, p) => p))
      expect(Math.max(...shares.map((s) => s.length))).toBe(Math.ceil(PARTS / this.#running.size))
    }, WAIT)
  }

  /** Ends all in good order; none of them may have met trouble. */
  async stop(): Promise<void> {
    for (const ingester of this.#running) {
      expect(ingester.troubles).toEqual([])
      await ingester.stop()
    }
    this.#running.clear()
  }
}

export async function ledgerOf(log: EventLog): Promise<LedgerEntry[]> {
  const records = await log.read(LEDGER, { partition: 0, offset: 0 }, 1e5)
  return records.map((r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry)
}

class Ingester {
  readonly partitions = new Set<number>()
  readonly troubles: object[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(setup: SharedSetup) {
    this.#child = fork(join(import.meta.dirname, 'shared-process.ts'), [JSON.stringify(setup)])
    this.#child.on('message', (m) => this.#hear(m as { event: string; partition: number }))
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve))
  }

  #hear(message: { event: string; partition: number }): void {
    if (message.event === 'ingest.partition_taken') this.partitions.add(message.partition)
    else if (message.event === 'ingest.partition_given') this.partitions.delete(message.partition)
    else if (['fatal', 'ledger.imbalance', 'ingest.broken', 'events.broken'].includes(message.event))
      this.troubles.push(message)
  }

  kill(): void {
    this.partitions.clear()
    this.#child.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    this.#child.send('stop')
    await this.#ended
  }
}
