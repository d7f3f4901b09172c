import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { READINGS } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { silentLogger } from '@quartier/contracts/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Committer, type Writer } from './append.ts'
import { eventually, readBack } from './testing.ts'

let folder: string
let log: EventLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-committer-'))
  log = await openEmbeddedLog({ folder })
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

const committer = async (storeRetained: () => Promise<void>): Promise<Committer> =>
  new Committer({
    log,
    logger: silentLogger,
    partitions: (await log.ranges(READINGS)).length,
    instance: 'test',
    intervalMs: 0,
    commitRows: 1_000,
    pendingRows: 1_000,
    pendingBytes: 1_000_000,
    takeDefinitions: () => undefined,
    storeRetained,
    onFatal: (error) => {
      throw error
    },
  })

class Client implements Writer {
  ackCount = 0
  ackBytes: Buffer | undefined
  ackAt = 0
  lastBatch = 0
  readonly acknowledged: number[] = []

  resumeAfterOverload(): void {}

  send(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 4) this.acknowledged.push(bytes.readUInt16BE(at + 2))
  }
}

const message = (topic: string, bytes = 10) => ({ topic, payload: Buffer.alloc(bytes, 1), qos: 1, principal: 'p' })

describe('while the sessions take no retained message', () => {
  it('only the acknowledgements of retained messages wait, and every reading reaches the log', async () => {
    const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>()
    const c = await committer(() => room)
    const one = new Client()
    const other = new Client()
    for (let id = 1; id <= 3; id++) {
      c.builders[0]?.add(1, 2, id, id, id, 0)
      c.rows++
      c.retain(message('a'))
      c.acknowledgeRetained(one, id)
      c.acknowledge(other, id)
      await eventually(() => other.acknowledged.length === id)
    }
    expect((await readBack(log)).readings.map((r) => r.value)).toEqual([1, 2, 3])
    expect(one.acknowledged).toEqual([])
    expect(c.isOver).toBe(false)
    makeRoom()
    await c.drain()
    expect(one.acknowledged).toEqual([1, 2, 3])
  })

  it('memory is bounded: beyond it, messages are not kept as retained', async () => {
    const c = await committer(() => new Promise(() => {}))
    for (let i = 0; c.retain(message(`t/${i}`, 1_000_000)); i++) {
      expect(i).toBeLessThan(20)
      const { seq } = c
      await c.whenDurable(seq)
    }
    c.giveUp()
    await c.drain()
  })
})
