import { EventEmitter } from 'node:events'
import type { LiveTiles, TileIndex } from '@quartier/contracts/api'
import { encodeFrame, encodeSection, encodeTick, type Level, type LiveSeries } from '@quartier/contracts/live'
import { describe, expect, it } from 'vitest'
import { createFeed, type FeedSocket, SILENCE_MS } from './feed.ts'

const SERIES: LiveSeries = {
  key: 'city/lamp-1/power',
  id: '0000000000000001',
  property: 'power',
  unit: 'W',
  assetId: null,
  intervalMs: 1000,
  validMin: null,
  validMax: null,
}

type TileFacts = LiveTiles['tiles'][number]
const FACTS: TileFacts = {
  tile: 1,
  id: 'district:lighting:z',
  level: 'district',
  revision: 7,
  zoneId: 'z',
  system: 'lighting',
  rows: 1,
  series: 5,
}
const NEAR: TileFacts = { ...FACTS, tile: 2, id: 'sensors:lighting:1:1:z', level: 'sensors', rows: 2, series: 2 }
const INDEX: TileIndex = {
  id: FACTS.id,
  revision: 7,
  zoneId: 'z',
  system: 'lighting',
  level: 'district',
  places: ['b-1'],
}

/** A feed on a wire that the test holds in its hands, with its own time and pictures. */
function setup() {
  const wire = new EventEmitter()
  const sent: (readonly [string, unknown])[] = []
  const time = { elapsed: 0 }
  const pictures: (() => void)[] = []
  const asked: string[] = []
  let answer = (_: TileIndex) => {}
  let beat = () => {}
  const socket: FeedSocket = {
    on: (event, listener) => wire.on(event, listener),
    emit: (event, message) => sent.push([event, message]),
    connect: () => sent.push(['(connect)', undefined]),
    disconnect: () => sent.push(['(disconnect)', undefined]),
  }
  const feed = createFeed({
    socket,
    fetchIndex: (id, revision) => {
      asked.push(`${id} ${revision}`)
      return new Promise((resolve) => {
        answer = resolve
      })
    },
    nextPicture: (callback) => pictures.push(callback),
    heartbeat: (callback) => {
      beat = callback
      return () => {}
    },
    elapsed: () => time.elapsed,
    wall: () => 1_000_000 + time.elapsed,
  })
  const events = () => sent.map(([event]) => event)
  const views = () => sent.filter(([event]) => event === 'live:view').map(([, view]) => view as { view: number })
  const draw = () => {
    for (const picture of pictures.splice(0)) picture()
  }
  const pass = (ms: number, everyMs = 500) => {
    for (let left = ms; left > 0; left -= everyMs) {
      time.elapsed += Math.min(everyMs, left)
      beat()
      draw()
    }
  }
  const tiles = (list: readonly TileFacts[] = [FACTS], level: Level = 'district', view = views().at(-1)?.view ?? 1) =>
    wire.emit('live:tiles', { view, level, tiles: list })
  const tick = (number: number, normal: number, since = number - 1, facts = FACTS) => {
    const columns = {
      row: Uint32Array.of(0),
      counts: Uint32Array.of(normal, 0, 0, 0, 0, 0, 0, 0),
      oldestAt: Float64Array.of(1),
      measure: Float32Array.of(0.5),
      worst: Uint8Array.of(0),
    }
    const section = { tile: facts.tile, revision: facts.revision, since, rows: 1, level: 'district' as const, columns }
    const bytes = encodeTick({ platformAt: 5_000_000 + time.elapsed, tick: number, view: 1 }, [encodeSection(section)])
    wire.emit('live:tick', bytes.buffer)
  }
  const frame = (sequence: number, value: number, snapshot = false) =>
    wire.emit(
      'live:frame',
      encodeFrame({
        snapshot,
        sequence,
        platformAt: 5_000_000 + time.elapsed,
        rows: 1,
        index: Uint32Array.of(0),
        value: Float64Array.of(value),
        age: Int32Array.of(200),
        quality: Uint8Array.of(0),
      }),
    )
  const series = (list = [SERIES]) =>
    wire.emit('live:index', { subscription: 1, chunk: 0, chunks: 1, series: list, total: list.length, capped: false })
  /** Connected, with one tile, its index and its first values. */
  const start = async () => {
    wire.emit('connect')
    tiles()
    tick(10, 5, 0)
    answer(INDEX)
    await new Promise<void>((resolve) => queueMicrotask(resolve))
    draw()
  }
  const normal = () => feed.view().tiles.places[0]?.columns.counts[0]
  return { wire, feed, events, views, pictures, asked, tiles, tick, frame, series, draw, pass, start, normal }
}

describe('the feed', () => {
  it('says what it looks at as soon as it is connected, and shows the snapshot', async () => {
    const { feed, events, views, asked, start, normal } = setup()
    await start()
    expect(events()).toEqual(['(connect)', 'live:view'])
    expect(views()).toEqual([{ view: 1, level: 'district' }])
    expect(asked).toEqual(['district:lighting:z 7'])
    expect(feed.view()).toMatchObject({ connection: { state: 'live' }, loaded: true })
    expect(normal()).toBe(5)
  })

  it('publishes once per picture however many ticks arrive', async () => {
    const { feed, tick, draw, pictures, start, normal } = setup()
    await start()
    const { version } = feed.view()
    let heard = 0
    feed.subscribe(() => heard++)
    for (let i = 1; i <= 10; i++) tick(10 + i, i)
    expect(pictures).toHaveLength(1)
    draw()
    expect(heard).toBe(1)
    expect(feed.view().version).toBe(version + 1)
    expect(normal()).toBe(10)
  })

  it('asks for everything again after a gap, once in a while, and believes nothing until it comes', async () => {
    const { events, tick, pass, start, normal } = setup()
    await start()
    pass(1500)
    tick(13, 1, 12)
    tick(14, 2, 13)
    expect(events().filter((event) => event === 'live:resync')).toHaveLength(1)
    expect(normal()).toBe(5)
    tick(15, 4, 0)
    tick(16, 3)
    expect(normal()).toBe(3)
  })

  it('takes a tile that was silent for some ticks: its section says since when', async () => {
    const { events, tick, start, normal } = setup()
    await start()
    tick(25, 4, 10)
    expect(normal()).toBe(4)
    expect(events()).not.toContain('live:resync')
  })

  it('does not take the answer to a view that is no longer looked at', async () => {
    const { feed, tiles, start } = setup()
    await start()
    feed.look({ level: 'sensors', bbox: [0, 0, 1, 1] })
    feed.look({ level: 'sensors', bbox: [0, 0, 2, 2] })
    tiles([FACTS, NEAR], 'sensors', 3)
    tiles([FACTS], 'district', 2)
    expect(feed.view().tiles.granted).toBe('sensors')
  })

  it('says when the server shows less than was asked for', async () => {
    const { feed, tiles, start } = setup()
    await start()
    feed.look({ level: 'sensors', bbox: [0, 0, 1, 1] })
    tiles([FACTS], 'district')
    expect(feed.view().tiles.coarsened).toBe(true)
    feed.look({ level: 'district' })
    tiles([FACTS], 'district')
    expect(feed.view().tiles.coarsened).toBe(false)
  })

  it('holds what it shows through a lost connection, and asks for all of it anew', async () => {
    const { wire, views, tiles, tick, events, start, normal } = setup()
    await start()
    wire.emit('disconnect', 'transport close')
    expect(normal()).toBe(5)
    wire.emit('connect')
    expect(views()).toHaveLength(2)
    tiles([{ ...FACTS, tile: 9 }])
    expect(normal()).toBe(5)
    tick(2, 3, 0, { ...FACTS, tile: 9 })
    tick(3, 2, 2, { ...FACTS, tile: 9 })
    expect(normal()).toBe(2)
    expect(events()).not.toContain('live:resync')
  })

  it('says within three seconds that nothing comes any more, and since when', async () => {
    const { feed, tick, draw, pass, start } = setup()
    await start()
    pass(SILENCE_MS - 500)
    expect(feed.view().connection.state).toBe('live')
    pass(500)
    expect(feed.view().connection).toMatchObject({ state: 'disconnected', since: 1_000_000 })
    expect(SILENCE_MS).toBeLessThan(3000)
    tick(11, 2)
    draw()
    expect(feed.view().connection.state).toBe('live')
  })

  it('tries again after growing waits and names the next attempt', async () => {
    const { wire, feed, events, draw, pass, start } = setup()
    await start()
    wire.emit('disconnect', 'transport close')
    draw()
    expect(feed.view().connection).toMatchObject({ state: 'disconnected', nextTryAt: 1_001_000 })
    pass(900)
    expect(events().filter((event) => event === '(connect)')).toHaveLength(1)
    pass(200)
    expect(events().filter((event) => event === '(connect)')).toHaveLength(2)
    wire.emit('connect_error', {})
    draw()
    expect(feed.view().connection).toMatchObject({ nextTryAt: 1_001_100 + 2000 })
  })

  it('tells when the server ended the session', async () => {
    const { wire, feed, draw, start } = setup()
    await start()
    wire.emit('disconnect', 'io server disconnect')
    draw()
    expect(feed.view().signedOut).toBe(true)
  })

  it('does not take its own sleep for silence', async () => {
    const { feed, events, tick, draw, pass, start } = setup()
    await start()
    pass(11_000, 11_000)
    expect(feed.view().connection.state).toBe('live')
    expect(events()).not.toContain('(disconnect)')
    tick(11, 2)
    draw()
    pass(500)
    expect(feed.view().connection.state).toBe('live')
  })

  it('opens a connection anew that stays silent', async () => {
    const { events, pass, start } = setup()
    await start()
    pass(11_000)
    expect(events()).toContain('(disconnect)')
  })
})

describe('what is followed by itself', () => {
  it('keeps the old values until the new ones are here', async () => {
    const { feed, series, frame, draw, start } = setup()
    await start()
    feed.follow({ keys: [SERIES.key] })
    series()
    frame(0, 1, true)
    draw()
    expect(feed.view()).toMatchObject({ focused: true })
    feed.follow({ assetIds: ['lamps'] })
    draw()
    expect(feed.view()).toMatchObject({ focused: false })
    expect(feed.view().focus.value[0]).toBe(1)
    series([SERIES, { ...SERIES, key: 'city/lamp-2/power' }])
    frame(0, 9, true)
    draw()
    expect(feed.view().focus.series).toHaveLength(2)
    expect(feed.view()).toMatchObject({ focused: true })
    expect(feed.view().focus.value[0]).toBe(9)
  })

  it('asks for a snapshot once after a gap', async () => {
    const { feed, series, frame, events, start } = setup()
    await start()
    feed.follow({ keys: [SERIES.key] })
    series()
    frame(0, 1, true)
    frame(2, 2)
    frame(3, 3)
    expect(events().filter((event) => event === 'live:resync')).toHaveLength(1)
    expect(feed.view().focus.value[0]).not.toBe(3)
    frame(4, 4, true)
    frame(5, 5)
    expect(feed.view().tiles.places).toHaveLength(1)
  })

  it('is nothing when nothing matches', async () => {
    const { feed, series, draw, start } = setup()
    await start()
    feed.follow({ keys: ['a/b/c'] })
    series([])
    draw()
    expect(feed.view()).toMatchObject({ focused: true })
    expect(feed.view().focus.series).toHaveLength(0)
  })

  it('does not hold against the platform that the screen itself was busy starting', async () => {
    const { feed, series, frame, draw, pass, start } = setup()
    await start()
    feed.follow({ keys: [SERIES.key] })
    series()
    frame(0, 1, true)
    frame(1, 1)
    pass(4000)
    expect(feed.delayP95()).toBeUndefined()
    pass(1500)
    frame(2, 2)
    draw()
    expect(feed.delayP95()! / 200).toBeCloseTo(1, 1)
  })
})
