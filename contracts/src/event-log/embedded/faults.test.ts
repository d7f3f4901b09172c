import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TopicDeclaration } from '../../topics.ts'
import { type EmbeddedLogOptions, openEmbeddedLog } from '../embedded.ts'
import type { EventLog, LogRecord } from '../port.ts'

const TOPIC = 'faults'
const PROGRAM = join(import.meta.dirname, 'testing/writer-process.ts')

let folder: string
let logs: EventLog[]
const open = async (topic: Partial<TopicDeclaration> = {}, options: Partial<EmbeddedLogOptions> = {}) => {
  const topics = [{ name: TOPIC, partitions: 2, cleanup: 'delete' as const, ...topic }]
  const log = await openEmbeddedLog({ folder, topics, maintainMs: 0, ...options })
  logs.push(log)
  return log
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-log-'))
  logs = []
})
afterEach(async () => {
  for (const log of logs) await log.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('several processes', () => {
  it('lets two processes append at once across many files, losing and doubling nothing', async () => {
    const writers = ['a', 'b'].map((name) => startWriter(name, 150, 200_000))
    const acknowledged = await Promise.all(writers.map((w) => w.finished))
    const log = await open()
    const records = await readAll(log)
    expect(records.length).toBe(300)
    expect(readdirSync(join(folder, TOPIC)).filter((f) => f.endsWith('.db')).length).toBeGreaterThan(3)
    for (const p of [0, 1]) expect(offsetsOf(records, p)).toEqual(range(150))
    for (const [w, name] of ['a', 'b'].entries()) {
      expect(numbersOf(records, name)).toEqual(range(150))
      expectAcknowledged(records, name, acknowledged[w]!)
    }
  })
})

describe('kill -9', () => {
  it('keeps every append that had resolved, at whatever moment the writer dies', async () => {
    for (let round = 0; round < 10; round++) {
      const name = `round-${round}`
      const writer = startWriter(name, Number.POSITIVE_INFINITY, 100_000)
      await writer.printed(1 + round * 4)
      writer.child.kill('SIGKILL')
      const acknowledged = await writer.finished
      const log = await open()
      const records = await readAll(log)
      for (const p of [0, 1])
        expect(offsetsOf(records, p)).toEqual(range(records.filter((r) => r.partition === p).length))
      expectAcknowledged(records, name, acknowledged)
      expect(numbersOf(records, name)).toEqual(range(numbersOf(records, name).length))
      await log.close()
    }
  })
})

describe('retention', () => {
  const kilobytes = (n: number) => ({ key: 'k', partition: 0, value: new Uint8Array(n * 1000) })

  it('unlinks whole files beyond the size while a reader is in the middle of one, which goes on at the earliest', async () => {
    const log = await open({ retentionBytes: 2_000_000 }, { segmentBytes: 250_000 })
    for (let i = 0; i < 10; i++) await log.append(TOPIC, [kilobytes(50)])
    const stop = new AbortController()
    const seen: number[] = []
    for await (const batch of log.consume(TOPIC, 'g', { signal: stop.signal, maxRecords: 1 })) {
      seen.push(batch.records[0]!.offset)
      if (seen.length === 3) {
        for (let i = 0; i < 70; i++) await log.append(TOPIC, [kilobytes(50)])
        await log.maintain()
      }
      if (batch.end[0] === 80) stop.abort()
    }
    const [{ earliest } = { earliest: 0 }] = await log.ranges(TOPIC)
    expect(earliest).toBeGreaterThan(10)
    expect(seen.slice(0, 3)).toEqual([0, 1, 2])
    expect(seen.at(-1)).toBe(79)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect((await log.usage())[0]!.bytes).toBeLessThan(2_600_000)
  })

  it('forgets records older than the age of the topic, also when nothing new comes', async () => {
    let now = 1_000_000
    const log = await open({ retentionMs: 8000 }, { clock: { now: () => now, speed: 1 } })
    await log.append(TOPIC, [kilobytes(1)])
    now += 4000
    await log.append(TOPIC, [kilobytes(1)])
    await log.maintain()
    now += 9000
    await log.maintain()
    expect((await log.ranges(TOPIC))[0]).toEqual({ partition: 0, earliest: 2, next: 2 })
    expect(await log.append(TOPIC, [kilobytes(1)])).toEqual([{ partition: 0, offset: 2 }])
    expect((await log.read(TOPIC, { partition: 0, offset: 0 }, 10)).map((r) => r.offset)).toEqual([2])
  })

  it('keeps what a required group has yet to read and refuses more beyond the disk budget', async () => {
    const settings = { segmentBytes: 250_000, diskBudgetBytes: 1_500_000 }
    const log = await open({ retentionBytes: 1_000_000, requiredBy: ['ingest'] }, settings)
    const fill = async () => {
      for (let i = 0; i < 100; i++) await log.append(TOPIC, [kilobytes(50)])
    }
    await expect(fill()).rejects.toMatchObject({ code: 'LOG_FULL', retriable: true })
    const [before] = await log.ranges(TOPIC)
    expect(before!.earliest).toBe(0)
    for await (const batch of log.consume(TOPIC, 'ingest', { signal: AbortSignal.timeout(60_000) })) {
      await batch.commit()
      if (batch.end[0] === before!.next) break
    }
    await log.maintain()
    expect((await log.append(TOPIC, [kilobytes(1)]))[0]?.offset).toBe(before!.next)
    expect((await log.ranges(TOPIC))[0]!.earliest).toBeGreaterThan(0)
  })
})

describe('a full disk', () => {
  it('answers LOG_FULL, stays readable and goes on when space returns', async (context) => {
    const disk = join(folder, 'disk')
    try {
      execFileSync('sh', ['-c', `mkdir ${disk} && mount -t tmpfs -o size=8m none ${disk}`], { stdio: 'ignore' })
    } catch {
      return context.skip('mounting a small tmpfs needs root')
    }
    try {
      const log = await open({ retentionBytes: 8_000_000 }, { folder: join(disk, 'log') })
      await log.append(TOPIC, [{ key: 'k', partition: 0, value: new Uint8Array(10) }])
      execFileSync('sh', ['-c', `head -c 5000000 /dev/zero > ${disk}/ballast`])
      let kept = 1
      const fill = async () => {
        for (; kept < 100; kept++) await log.append(TOPIC, [{ key: 'k', partition: 0, value: new Uint8Array(100_000) }])
      }
      await expect(fill()).rejects.toMatchObject({ code: 'LOG_FULL', retriable: true })
      expect(offsetsOf(await readAll(log), 0)).toEqual(range(kept))
      rmSync(`${disk}/ballast`)
      expect(await log.append(TOPIC, [{ key: 'k', partition: 0, value: new Uint8Array(100_000) }])).toEqual([
        { partition: 0, offset: kept },
      ])
      await log.close()
    } finally {
      for (const log of logs) await log.close()
      execFileSync('umount', ['-l', disk])
    }
  })
})

describe('without file descriptors', () => {
  it('calls nothing missing that is there, and every consumer goes on when descriptors return', async () => {
    const program = join(import.meta.dirname, 'testing/without-descriptors.ts')
    const child = spawn('sh', ['-c', `ulimit -n 64; exec "${process.execPath}" "${program}" "${folder}"`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    await once(child, 'close')
    expect(JSON.parse(text)).toEqual({
      ranges: 'LOG_UNAVAILABLE',
      hot: 1,
      fresh: 'LOG_UNAVAILABLE',
      seen: { cold: ['before', 'then', 'after'], new: ['after'] },
      events: ['log.consumer_waiting'],
    })
  })
})

describe('compaction', () => {
  it('forgets a tombstone after a while and never reuses its offset', async () => {
    let now = 1_000_000
    const log = await open(
      { cleanup: 'compact', partitions: 1 },
      { clock: { now: () => now, speed: 1 }, tombstoneMs: 1000 },
    )
    await log.append(TOPIC, [{ key: 'x', value: new Uint8Array([1]) }])
    await log.append(TOPIC, [{ key: 'x', value: new Uint8Array(0) }])
    now += 2000
    await log.maintain()
    expect(await log.ranges(TOPIC)).toEqual([{ partition: 0, earliest: 2, next: 2 }])
    expect(await log.append(TOPIC, [{ key: 'y', value: new Uint8Array([1]) }])).toEqual([{ partition: 0, offset: 2 }])
  })
})

it('leaves no drafts and no write-ahead log behind when it closes', async () => {
  const log = await open()
  await log.append(TOPIC, [{ key: 'k', value: new Uint8Array(10) }])
  await log.close()
  expect(readdirSync(join(folder, TOPIC))).toEqual(['0.db'])
  expect(existsSync(join(folder, 'groups.db'))).toBe(false)
})

interface Acknowledged {
  readonly number: number
  readonly partition: number
  readonly offset: number
}

function startWriter(name: string, count: number, segmentBytes: number) {
  const args = [PROGRAM, folder, TOPIC, name, String(count), String(segmentBytes)]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout!.on('data', (chunk) => {
    text += chunk
  })
  const lines = () => text.split('\n').slice(0, -1)
  return {
    child,
    async printed(atLeast: number) {
      while (lines().length < atLeast) await once(child.stdout!, 'data')
    },
    finished: once(child, 'close').then((): Acknowledged[] =>
      lines().map((line) => {
        const [number = 0, partition = 0, offset = 0] = line.split(' ').map(Number)
        return { number, partition, offset }
      }),
    ),
  }
}

async function readAll(log: EventLog): Promise<LogRecord[]> {
  const all = [0, 1].map((partition) => log.read(TOPIC, { partition, offset: 0 }, 1e6))
  return (await Promise.all(all)).flat()
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const numberOf = (r: LogRecord) => new DataView(r.value.buffer, r.value.byteOffset).getFloat64(0)
const offsetsOf = (records: LogRecord[], partition: number) =>
  records.filter((r) => r.partition === partition).map((r) => r.offset)
const numbersOf = (records: LogRecord[], key: string) =>
  records
    .filter((r) => r.key === key)
    .map(numberOf)
    .sort((a, b) => a - b)

function expectAcknowledged(records: LogRecord[], key: string, acknowledged: Acknowledged[]) {
  const found = new Map(records.map((r) => [`${r.partition}:${r.offset}`, r]))
  for (const { number, partition, offset } of acknowledged) {
    const record = found.get(`${partition}:${offset}`)
    expect(record?.key).toBe(key)
    expect(numberOf(record!)).toBe(number)
    expect(record!.value.length).toBe(8 + (number % 5) * 3000)
  }
}
