import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wallClock } from '../runtime/clock.ts'
import { seriesIdOf } from '../series/id.ts'
import { crashKeys, crashReadings } from './crash-readings.ts'
import { type EmbeddedStore, openEmbeddedStore } from './embedded.ts'
import { batch, definition } from './fixtures.ts'
import { ModelStore } from './model.ts'

const WRITER = fileURLToPath(new URL('./crash-writer.fixture.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-crash-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a store whose process is killed', () => {
  it('holds exactly what its position says, every time', { timeout: 120_000 }, async () => {
    const model = new ModelStore()
    let modelled = 0
    for (const lines of [1, 12, 30, 3]) {
      const announced = await runUntil(lines)
      const store = await openEmbeddedStore({ folder, clock: wallClock })
      const position = (await store.position())[0] ?? 0
      expect(position).toBeGreaterThanOrEqual(announced)
      for (; modelled < position; modelled++) model.write(batch(modelled, crashReadings(modelled)))
      await expectSame(store, model)
      await store.close()
    }
    expect(modelled).toBeGreaterThan(0)
  })

  it('removes files that no manifest names', async () => {
    await (await openEmbeddedStore({ folder, clock: wallClock })).close()
    for (const name of ['raw-00000009.parquet', 'hour-00000001-00000003-1.parquet', 'last-00000009.bin'])
      writeFileSync(join(folder, name), 'half a file')
    await (await openEmbeddedStore({ folder, clock: wallClock })).close()
    expect(readdirSync(folder).filter((name) => /^(raw|hour|last)-/.test(name))).toEqual([])
  })
})

/** Lets the writer run until it has said so many lines, kills it, and returns the last position that it told. */
async function runUntil(lines: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, WRITER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = 0
  let heard = 0
  const output = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  for await (const line of output) {
    last = Number(line)
    if (++heard >= lines) break
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  return last
}

async function expectSame(store: EmbeddedStore, model: ModelStore): Promise<void> {
  const ids = crashKeys.map(seriesIdOf)
  const ranges = await store.range(ids, 0, 1e13)
  ids.forEach((id, i) => {
    const expected = model.range(id, 0, 1e13)
    expect([...(ranges[i]?.measuredAt ?? [])]).toEqual(expected.map((r) => r.at))
    expect([...(ranges[i]?.value ?? [])]).toEqual(expected.map((r) => r.value))
  })
}

describe('a store whose disk is full', () => {
  it('says so, loses nothing that it took, and goes on when there is space again', async (context) => {
    const disk = join(folder, 'disk')
    try {
      execFileSync('sh', ['-c', `mkdir ${disk} && mount -t tmpfs -o size=4m none ${disk}`], { stdio: 'ignore' })
    } catch {
      return context.skip('mounting a small tmpfs needs root')
    }
    try {
      const model = new ModelStore()
      const store = await openEmbeddedStore({
        folder: join(disk, 'store'),
        clock: wallClock,
        hotRows: 3000,
        flushEveryMs: 0,
      })
      await store.define(crashKeys.map((key) => definition(key)))
      const ballast = join(disk, 'ballast')
      execFileSync('sh', ['-c', `dd if=/dev/zero of=${ballast} bs=4k || true`], { stdio: 'ignore' })
      let refused: unknown
      let offset = 0
      for (; refused === undefined; offset++) {
        try {
          await store.write([batch(offset, crashReadings(offset))])
          model.write(batch(offset, crashReadings(offset)))
        } catch (error) {
          refused = error
          offset--
        }
      }
      expect(refused).toMatchObject({ code: 'STORE_FULL', retriable: true })
      await expectSame(store, model)
      rmSync(ballast)
      await store.flush()
      expect((await store.position())[0]).toBe(offset)
      await store.write([batch(offset, crashReadings(offset))])
      model.write(batch(offset, crashReadings(offset)))
      await store.flush()
      await expectSame(store, model)
      await store.close()
    } finally {
      execFileSync('umount', [disk])
    }
  })
})
