import { EventEmitter } from 'node:events'
import { encodeFrame, type LiveSeries } from '@quartier/contracts/live'
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

/** A feed on a wire that the test holds in its hands, with its own time and pictures. */
function setup() {
  const wire = new EventEmitter()
  const sent: string[] = []
  const time = { elapsed: 0 }
  const pictures: (() => void)[] = []
  let beat = () => {}
  const socket: FeedSocket = {
    on: (event, listener) => wire.on(event, listener),
    emit: (event) => sent.push(event),
    connect: () => sent.push('(connect)'),
    disconnect: () => sent.push('(disconnect)'),
  }
  const feed = createFeed({
    socket,
    nextPicture: (callback) => pictures.push(callback),
    heartbeat: (callback) => {
      beat = callback
      return () => {}
    },
    elapsed: () => time.elapsed,
    wall: () => 1_000_000 + time.elapsed,
  })
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
  const index = (series = [SERIES]) =>
    wire.emit('live:index', {
      subscription: 1,
      chunk: 0,
      chunks: 1,
      series,
      total: series.length,
      capped: false,
      message: '',
    })
  const draw = () => {
    for (const picture of pictures.splice(0)) picture()
  }
  const pass = (ms: number) => {
    time.elapsed += ms
    beat()
    draw()
  }
  const start = () => {
    wire.emit('connect')
    index()
    frame(0, 1, true)
    draw()
  }
  return { wire, feed, sent, pictures, frame, index, draw, pass, start }
}

describe('the feed', () => {
  it('subscribes as soon as it is connected and shows the snapshot', () => {
    const { feed, sent, start } = setup()
    start()
    expect(sent).toEqual(['(connect)', 'live:subscribe'])
    expect(feed.view()).toMatchObject({ connection: { state: 'live' }, loaded: true })
    expect(feed.view().data.value[0]).toBe(1)
  })

  it('publishes once per picture however many frames arrive', () => {
    const { feed, frame, draw, pictures, start } = setup()
    start()
    const { version } = feed.view()
    let heard = 0
    feed.subscribe(() => heard++)
    for (let i = 1; i <= 10; i++) frame(i, i)
    expect(pictures).toHaveLength(1)
    draw()
    expect(heard).toBe(1)
    expect(feed.view().version).toBe(version + 1)
    expect(feed.view().data.value[0]).toBe(10)
  })

  it('does not hold against the platform that the screen itself was busy starting', () => {
    const { feed, frame, draw, pass, start } = setup()
    start()
    frame(1, 1)
    pass(4000)
    expect(feed.delayP95()).toBeUndefined()
    pass(1500)
    frame(2, 2)
    draw()
    expect(feed.delayP95()! / 200).toBeCloseTo(1, 1)
  })

  it('asks for a snapshot once after a gap, and believes nothing until it comes', () => {
    const { feed, frame, draw, sent, start } = setup()
    start()
    frame(2, 2)
    frame(3, 3)
    expect(sent.filter((event) => event === 'live:resync')).toHaveLength(1)
    draw()
    expect(feed.view().data.value[0]).toBe(1)
    frame(4, 4, true)
    frame(5, 5)
    draw()
    expect(feed.view().data.value[0]).toBe(5)
  })

  it('drops frames that belong to an index it does not have', () => {
    const { wire, feed, frame, draw } = setup()
    wire.emit('connect')
    frame(0, 1, true)
    draw()
    expect(feed.view().loaded).toBe(false)
  })

  it('keeps showing the old values while a new index arrives', () => {
    const { feed, index, frame, draw, start } = setup()
    start()
    index([SERIES, { ...SERIES, key: 'city/lamp-2/power' }])
    draw()
    expect(feed.view().data.series).toHaveLength(1)
    frame(0, 9, true)
    draw()
    expect(feed.view().data.series).toHaveLength(2)
    expect(feed.view().data.value[0]).toBe(9)
  })

  it('says within three seconds that nothing comes any more, and since when', () => {
    const { feed, frame, draw, pass, start } = setup()
    start()
    pass(SILENCE_MS - 500)
    expect(feed.view().connection.state).toBe('live')
    pass(500)
    expect(feed.view().connection).toMatchObject({ state: 'disconnected', since: 1_000_000 })
    expect(SILENCE_MS).toBeLessThan(3000)
    frame(1, 2)
    draw()
    expect(feed.view().connection.state).toBe('live')
  })

  it('tries again after growing waits and names the next attempt', () => {
    const { wire, feed, sent, draw, pass, start } = setup()
    start()
    wire.emit('disconnect', 'transport close')
    draw()
    expect(feed.view().connection).toMatchObject({ state: 'disconnected', nextTryAt: 1_001_000 })
    pass(900)
    expect(sent.filter((event) => event === '(connect)')).toHaveLength(1)
    pass(200)
    expect(sent.filter((event) => event === '(connect)')).toHaveLength(2)
    wire.emit('connect_error', {})
    draw()
    expect(feed.view().connection).toMatchObject({ nextTryAt: 1_001_100 + 2000 })
  })

  it('tells when the server ended the session', () => {
    const { wire, feed, draw, start } = setup()
    start()
    wire.emit('disconnect', 'io server disconnect')
    draw()
    expect(feed.view().signedOut).toBe(true)
  })

  it('opens a connection anew that stays silent', () => {
    const { sent, pass, start } = setup()
    start()
    pass(11_000)
    expect(sent).toContain('(disconnect)')
  })
})
