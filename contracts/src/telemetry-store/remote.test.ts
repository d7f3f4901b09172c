import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { QuartierError } from '../errors.ts'
import type { TelemetryStore } from './port.ts'
import { connectStore, serveStore } from './remote.ts'

describe('a store behind a socket', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-remote-'))
    path = join(folder, 'store.sock')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** As much of a store as these tests ask. */
  const standIn = (more: Partial<TelemetryStore> = {}) =>
    ({
      supports: { atomicPosition: true, sql: false, exactDuplicateCounts: true },
      position: async () => ({ 0: 7 }),
      ...more,
    }) as TelemetryStore

  it('answers calls out of order when the first takes longer', async () => {
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const server = await serveStore(standIn({ flush: () => held }), path)
    const store = await connectStore(path)
    const flushed = store.flush()
    expect(await store.position()).toEqual({ 0: 7 })
    release()
    await flushed
    await store.close()
    await server.close()
  })

  it('carries codes and whether a retry may help', async () => {
    const server = await serveStore(
      standIn({
        flush: async () => {
          throw new QuartierError('STORE_FULL', 'no space', { retriable: true })
        },
      }),
      path,
    )
    const store = await connectStore(path)
    await expect(store.flush()).rejects.toMatchObject({ code: 'STORE_FULL', retriable: true, message: 'no space' })
    await store.close()
    await server.close()
  })

  it('fails retriably while nobody serves, and works again when somebody does', async () => {
    const server = await serveStore(standIn({ flush: () => new Promise(() => {}) }), path)
    const store = await connectStore(path)
    const waiting = store.flush()
    await server.close()
    await expect(waiting).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
    await expect(store.position()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
    const second = await serveStore(standIn(), path)
    await vi.waitFor(async () => expect(await store.position()).toEqual({ 0: 7 }), { timeout: 10_000 })
    await store.close()
    await expect(store.position()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await second.close()
  })

  it('says when nobody serves at all', async () => {
    await expect(connectStore(path, { waitMs: 50 })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retriable: true,
    })
  })

  it('belongs to its owner alone, and hangs up on whoever sends no frames', async () => {
    const server = await serveStore(standIn(), path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const stranger = connect(path)
    stranger.resume()
    stranger.write(Buffer.alloc(64, 0xff))
    await new Promise((resolve) => stranger.on('close', resolve))
    await server.close()
  })
})
