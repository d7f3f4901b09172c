import type {
  Attention,
  LiveEvents,
  LiveSubscribe,
  LiveTiles,
  LiveView as LiveViewMessage,
  PlatformView,
  TileIndex,
} from '@quartier/contracts/api'
import { decodeFrame, decodeTick, type LiveFrame, type LiveSeries, type LiveTick } from '@quartier/contracts/live'
import { createPlatformClock, type PlatformClock } from './clock.ts'
import { createDelayMeter } from './delay.ts'
import { createIndexes } from './indexes.ts'
import { applyFrame, dataFor, emptyData, type LiveData, measureDelays, measureTick } from './store.ts'
import { createTileStore, type TileStore } from './tiles.ts'

/** What the feed needs of a Socket.IO client. */
export interface FeedSocket {
  // biome-ignore lint/suspicious/noExplicitAny: the event decides the payload
  on(event: string, listener: (...args: any[]) => void): unknown
  emit(event: string, ...args: unknown[]): unknown
  connect(): unknown
  disconnect(): unknown
}

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** `since`: wall clock when the last message came; `nextTryAt`: wall clock of the next attempt. */
  | { readonly state: 'disconnected'; readonly since: number; readonly nextTryAt: number }

/** What is looked at on the map. */
export type Look = Omit<LiveViewMessage, 'view'>

/** What the screen shows; replaced as a whole at most once per animation frame. */
export interface LiveView {
  readonly version: number
  readonly connection: Connection
  /** What is in view, written in place; its versions tell what has changed. */
  readonly tiles: TileStore
  /** What needs a look; `undefined` until it came. */
  readonly attention: Attention | undefined
  /** The series that are followed by themselves, written in place. */
  readonly focus: LiveData
  /** Whether the followed series are those that were asked for last, with their values. */
  readonly focused: boolean
  /** The first values are here. */
  readonly loaded: boolean
  readonly platform: PlatformView | undefined
  /** The server closed the connection on purpose or refused it: the session may have ended. */
  readonly signedOut: boolean
}

export interface Feed {
  view(): LiveView
  subscribe(listener: () => void): () => void
  /** What to look at from now on, instead of anything before. */
  look(at: Look): void
  /** Which series to follow by themselves from now on; `undefined`: none. */
  follow(what: LiveSubscribe | undefined): void
  /** Tells the listener of events as they are stored; returns a way to stop. */
  events(listener: (news: LiveEvents) => void): () => void
  /** 95th percentile from sensor to screen over the last minute, ms. */
  delayP95(): number | undefined
  readonly clock: PlatformClock
  close(): void
}

export interface FeedDeps {
  readonly socket: FeedSocket
  readonly fetchIndex: (id: string, revision: number, signal: AbortSignal) => Promise<TileIndex>
  /** Calls back before the next picture is drawn. */
  readonly nextPicture: (callback: () => void) => void
  /** Calls back about every half second; returns a way to stop. */
  readonly heartbeat: (callback: () => void) => () => void
  /** Monotonic, ms. */
  readonly elapsed: () => number
  readonly wall: () => number
}

/** While a screen builds itself its pictures are late; what it measures then says nothing about the platform. */
const SETTLE_MS = 5000

/** The health strip comes once a second: silence for this long is a lost connection. */
export const SILENCE_MS = 2500
/** Attempts to connect again start after this long and wait twice as long each time, up to the maximum. */
const RETRY_MS = 1000
const RETRY_MAX_MS = 8000
/** After this long the connection is opened anew, since the network may have forgotten it. */
const REOPEN_MS = 10_000
/** Whoever misses something asks again no more often than this. */
const ASK_AGAIN_MS = 1000

interface IndexChunk {
  readonly chunk: number
  readonly chunks: number
  readonly series: readonly LiveSeries[]
  readonly total: number
}

/**
 * Gathers the server's messages and publishes them at most once per picture. Whoever misses something asks for it;
 * silence means disconnected, whatever the socket believes.
 */
export function createFeed({ socket, fetchIndex, nextPicture, heartbeat, elapsed, wall }: FeedDeps): Feed {
  const clock = createPlatformClock(elapsed, wall)
  const delays = createDelayMeter(elapsed)
  const tiles = createTileStore()
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(news: LiveEvents) => void>()
  let view: LiveView = {
    version: 0,
    connection: { state: 'connecting' },
    tiles,
    attention: undefined,
    focus: emptyData,
    focused: false,
    loaded: false,
    platform: undefined,
    signedOut: false,
  }
  let look: Look = { level: 'district' }
  /** Number of the newest view, and of the newest that was answered. */
  let asked = 0
  let answered = 0
  let askedAt = Number.NEGATIVE_INFINITY
  let focus = emptyData
  /** What has been described and has no values yet. */
  let next = emptyData
  let followed: LiveSubscribe | undefined
  let gathering: LiveSeries[] = []
  let waiting: 'index' | 'snapshot' | 'nothing' = 'nothing'
  let sequence = -1
  let heardAt = elapsed()
  let beatAt = elapsed()
  let heardWall = wall()
  let attempts = 0
  /** On the monotonic clock; not a number while connected or connecting. */
  let retryAt = Number.NaN
  let connected = false
  /** On the monotonic clock: the first values of this connection. */
  let shownAt = Number.POSITIVE_INFINITY
  let pending: Partial<LiveView> | undefined
  let undrawn: (LiveFrame | LiveTick)[] = []
  let closed = false

  const indexes = createIndexes({
    fetchIndex,
    onIndex: (index) => {
      tiles.describe(index)
      publish({ loaded: tiles.placesLoaded || view.loaded })
    },
    later: (callback) => setTimeout(callback, ASK_AGAIN_MS),
  })

  function publish(change: Partial<LiveView>): void {
    if (pending) {
      pending = { ...pending, ...change }
      return
    }
    pending = change
    nextPicture(() => {
      if (closed) return
      for (const news of undrawn) {
        if ('sections' in news) measureTick(news, clock, delays)
        else measureDelays(news, clock, delays)
      }
      undrawn = []
      view = { ...view, ...pending, version: view.version + 1 }
      pending = undefined
      for (const listener of listeners) listener()
    })
  }

  const shown = (): Connection => pending?.connection ?? view.connection

  function heard(platformAt: number): void {
    clock.hear(platformAt)
    heardAt = elapsed()
    heardWall = wall()
    if (shown().state !== 'live') publish({ connection: { state: 'live' } })
  }

  /** Says that what is shown is old, and when the next attempt comes. */
  function lost(): void {
    const nextTryAt = Number.isNaN(retryAt) ? wall() : wall() + retryAt - elapsed()
    const before = shown()
    if (before.state === 'disconnected' && Math.abs(before.nextTryAt - nextTryAt) < 250) return
    publish({ connection: { state: 'disconnected', since: heardWall, nextTryAt } })
  }

  function broken(): void {
    connected = false
    retryAt = elapsed() + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** attempts++)
    lost()
  }

  function askView(): void {
    if (!connected) return
    asked++
    askedAt = elapsed()
    socket.emit('live:view', { view: asked, ...look })
  }

  function askFocus(): void {
    if (!connected) return
    waiting = followed ? 'index' : 'nothing'
    if (followed) socket.emit('live:subscribe', followed)
    else socket.emit('live:unsubscribe')
  }

  /** Everything from the beginning: something was lost on the way. */
  function askAgain(): void {
    if (elapsed() - askedAt < ASK_AGAIN_MS) return
    socket.emit('live:resync')
    askView()
  }

  /** Values that have just been applied: their delay is measured once they are drawn. */
  function drawLater(news: LiveFrame | LiveTick): void {
    shownAt = Math.min(shownAt, elapsed())
    if (elapsed() - shownAt > SETTLE_MS) undrawn.push(news)
  }

  function onTiles(message: LiveTiles): void {
    if (message.view < answered || message.view > asked) return
    answered = message.view
    tiles.list(message, message.view === asked ? look.level : message.level)
    indexes.want(tiles.undescribed())
    publish({})
  }

  function onTick(bytes: ArrayBuffer): void {
    const tick = decodeTick(bytes)
    if (!tick) return
    heard(tick.platformAt)
    if (!tiles.apply(tick)) askAgain()
    drawLater(tick)
    publish({ loaded: tiles.placesLoaded || view.loaded })
  }

  function onIndex(part: IndexChunk): void {
    if (!followed) return
    if (part.chunk === 0) gathering = []
    gathering.push(...part.series)
    if (part.chunk + 1 < part.chunks) return
    next = dataFor(gathering, part.total)
    waiting = 'snapshot'
    if (gathering.length === 0) {
      focus = next
      publish({ focus, focused: true })
    }
  }

  function onFrame(bytes: ArrayBuffer): void {
    const frame = decodeFrame(bytes)
    if (!frame || waiting === 'index' || !followed) return
    heard(frame.platformAt)
    if (!frame.snapshot && (waiting === 'snapshot' || frame.sequence !== sequence + 1)) {
      if (waiting === 'nothing') {
        waiting = 'snapshot'
        socket.emit('live:resync')
      }
      return
    }
    if (waiting === 'snapshot') focus = next
    waiting = 'nothing'
    sequence = frame.sequence
    applyFrame(focus, frame)
    if (!frame.snapshot) drawLater(frame)
    publish({ focus, focused: true })
  }

  socket.on('connect', () => {
    connected = true
    shownAt = Number.POSITIVE_INFINITY
    attempts = 0
    tiles.reconnect()
    askView()
    if (followed) askFocus()
    if (eventListeners.size > 0) socket.emit('events:subscribe')
  })
  socket.on('disconnect', (reason: string) => {
    broken()
    if (reason === 'io server disconnect') publish({ signedOut: true })
  })
  socket.on('connect_error', (error: { data?: { code?: string } }) => {
    broken()
    if (error?.data?.code === 'SESSION_REQUIRED') publish({ signedOut: true })
  })
  socket.on('live:tiles', onTiles)
  socket.on('live:tick', onTick)
  socket.on('live:attention', (attention: Attention) => {
    heard(attention.at)
    publish({ attention })
  })
  socket.on('live:index', onIndex)
  socket.on('live:frame', onFrame)
  socket.on('events:new', (news: LiveEvents) => {
    for (const listener of eventListeners) listener(news)
  })
  socket.on('platform', (platform: PlatformView) => {
    clock.setSpeed(platform.clock.speed)
    heard(platform.at)
    publish({ platform })
  })
  const stopHeartbeat = heartbeat(() => {
    const sinceBeat = elapsed() - beatAt
    beatAt = elapsed()
    if (elapsed() >= retryAt) {
      retryAt = Number.NaN
      socket.connect()
    }
    const silentMs = elapsed() - heardAt
    // A page that was busy or asleep itself hears first what has waited for it.
    if (silentMs < SILENCE_MS || sinceBeat > SILENCE_MS) return
    lost()
    if (connected && silentMs > REOPEN_MS) {
      heardAt = elapsed()
      socket.disconnect()
    }
  })
  socket.connect()

  return {
    clock,
    view: () => view,
    delayP95: () => delays.quantile(0.95),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    look(at) {
      look = at
      askView()
    },
    follow(what) {
      followed = what
      // What was followed before stays until the new values are here.
      if (!what) focus = emptyData
      publish({ focus, focused: false })
      askFocus()
    },
    events(listener) {
      if (eventListeners.size === 0 && connected) socket.emit('events:subscribe')
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    close() {
      closed = true
      stopHeartbeat()
      indexes.close()
      socket.disconnect()
      listeners.clear()
      eventListeners.clear()
    },
  }
}
