import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CODEC_STATES } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { silentLogger } from '@quartier/contracts/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CodecStates } from './codec-states.ts'
import type { Codec, CodecState } from './codecs/codec.ts'
import { eventually } from './testing.ts'

const woken: string[] = []
const counting: Codec = {
  name: 'counting',
  decode: () => undefined,
  memory: {
    save: (value) => Buffer.from(JSON.stringify(value)),
    restore: (bytes) => JSON.parse(Buffer.from(bytes).toString()),
    wake(key) {
      woken.push(key)
      return [{ mqttTopic: `about/${key}`, payload: Buffer.from('x') }]
    },
  },
}

let folder: string
let log: EventLog
const opened: CodecStates[] = []

beforeEach(async () => {
  woken.length = 0
  folder = mkdtempSync(join(tmpdir(), 'quartier-states-'))
  log = await openEmbeddedLog({ folder })
})

afterEach(async () => {
  for (const states of opened.splice(0)) await states.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(instance: string, now = 1_000, verifyWithinMs = 0): Promise<CodecStates> {
  const codecOf = (name: string) => (name === 'counting' ? counting : undefined)
  const states = new CodecStates({ log, logger: silentLogger, instance, codecOf, limit: 6, verifyWithinMs })
  await states.open(now, (error) => {
    throw error
  })
  opened.push(states)
  return states
}

const recall = (states: CodecStates, key: string): CodecState => states.recall(counting, 's', key, 'p') as CodecState

describe('the states of codecs', () => {
  it('are the same object as long as the process lives, and there again in the next', async () => {
    const first = await open('a')
    recall(first, 'x').value = { n: 1 }
    recall(first, 'x').keep()
    expect(recall(first, 'x').value).toEqual({ n: 1 })
    await first.take(1_000, 0)?.()
    expect(recall(await open('b'), 'x').value).toEqual({ n: 1 })
  })

  it('are saved once a second at most, and all at the end', async () => {
    const states = await open('a')
    const state = recall(states, 'x')
    for (const n of [1, 2, 3]) {
      state.value = n
      state.keep()
      await states.take(n, n)?.()
    }
    expect(states.stats.saved).toBe(1)
    expect(states.isDue(500)).toBe(false)
    expect(states.isDue(1_500)).toBe(true)
    await states.take(4, 4, true)?.()
    expect(states.stats.saved).toBe(2)
    expect(Buffer.from((await log.latest(CODEC_STATES, 'counting/s/x'))?.value ?? []).toString()).toMatch(/\n3$/)
  })

  it('of a sender that has gone to another gateway are those of that one, and never older than ours', async () => {
    const [a, b] = [await open('a'), await open('b')]
    recall(a, 'x').value = 'from a'
    recall(a, 'x').keep()
    await a.take(1_000, 0)?.()
    await eventually(() => recall(b, 'x').value === 'from a')
    recall(b, 'x').value = 'from b'
    recall(b, 'x').keep()
    await b.take(900, 0)?.()
    await eventually(() => recall(a, 'x').value === 'from b')
    expect(a.stats.restored).toBe(1)
  })

  it('wake their codec when the time has come, and once', async () => {
    const states = await open('a')
    recall(states, 'x').wakeAt = 50
    recall(states, 'y').wakeAt = 70
    const send = () => true
    expect(states.wake(49, send)).toEqual([])
    expect(states.wake(50, send)).toMatchObject([{ mqttTopic: 'about/x', principal: 'p' }])
    expect(states.wake(60, send)).toEqual([])
    expect(states.wake(100, send)).toMatchObject([{ mqttTopic: 'about/y' }])
    expect(woken).toEqual(['x', 'y'])
  })

  it('of before are woken after a start, one after the other', async () => {
    const before = await open('a')
    for (const key of ['x', 'y', 'z']) {
      recall(before, key).value = key
      recall(before, key).keep()
    }
    await before.take(1_000, 0)?.()
    const after = await open('b', 5_000, 100)
    for (let now = 5_000; now < 5_300; now += 10) after.wake(now, () => true)
    expect(woken.toSorted()).toEqual(['x', 'y', 'z'])
    expect(after.wake(1e9, () => true)).toEqual([])
  })

  it('are bounded in number, and one principal has half of them at most', async () => {
    const states = await open('a')
    for (const key of ['x', 'y', 'z']) recall(states, key)
    expect(states.recall(counting, 's', 'one too many', 'p')).toBeUndefined()
    for (const key of ['1', '2', '3']) expect(states.recall(counting, 's', key, 'another')).toBeDefined()
    expect(states.recall(counting, 's', '4', 'a third')).toBeUndefined()
    expect(recall(states, 'x')).toBeDefined()
  })

  it('that are broken in the log are none', async () => {
    await log.append(CODEC_STATES, [
      { key: 'counting/s/x', value: Buffer.from('not a state') },
      { key: 'gone/s/x', value: Buffer.from('{"at":1,"by":"z","principal":"p"}\n1') },
    ])
    const states = await open('a')
    expect(states.count).toBe(0)
    expect(recall(states, 'x').value).toBeUndefined()
  })
})
