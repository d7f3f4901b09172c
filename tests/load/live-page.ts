import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../e2e/browser.ts'
import type { BenchRow } from './bench-row.ts'

/** What a browser does with the live map, in a real Chromium beside everything else on this machine. */
export interface LivePageOptions {
  readonly url: string
  readonly name: string
  readonly password: string
  /** Where many sensors stand close together. */
  readonly spot: readonly [longitude: number, latitude: number]
  readonly seconds: number
  readonly onProgress?: (line: string) => void
}

const TICKS_PER_S = 4
const PATIENCE_MS = 180_000
const SETTLE_MS = 8000
/** At this zoom a window of the bench looks at thousands of sensors. */
const NEAR_ZOOM = 19.3
const FAR_ZOOM = 15.5
const WINDOW = { width: 1920, height: 1080 }

/** Sums since the page began, s. */
interface Work {
  readonly script: number
  readonly layout: number
  readonly task: number
}

/**
 * Measures our own work apart from the rasteriser's: script, style and layout of the main thread, as Chromium counts them.
 * Without a graphics card a task also waits for pictures that the processor draws; that is told beside it.
 */
export async function measureLivePage(options: LivePageOptions): Promise<BenchRow[]> {
  const { spot, seconds, onProgress: say = () => {} } = options
  const browser = await launchBrowser()
  try {
    const start = await firstPicture(browser, options)
    const { page, session } = start
    say(`first picture after ${(start.ms / 1000).toFixed(1)} s, ${Math.round(start.scriptBytes / 1000)} kB of scripts`)
    const far = await workPerTick(page, session, seconds)
    say(`far view: ${far.own.toFixed(1)} ms of the main thread a tick`)
    const longest = await zoomIn(page, spot)
    const inView = await seriesInView(page)
    const near = await workPerTick(page, session, seconds)
    say(`${inView.toLocaleString('en')} sensors in view: ${near.own.toFixed(1)} ms a tick`)
    const heap = await heapGrowth(page, session, seconds)
    return rowsOf({ start, far, near, inView, longest, heap, seconds })
  } finally {
    await browser.close()
  }
}

interface Start {
  readonly page: Page
  readonly session: CDPSession
  readonly ms: number
  readonly scriptBytes: number
}

/** From the password to a map that has written its names. */
async function firstPicture(browser: Browser, { url, name, password }: LivePageOptions): Promise<Start> {
  const context = await browser.newContext({ viewport: WINDOW })
  const page = await context.newPage()
  const scripts = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    if (!/\.m?js$/.test(new URL(response.url()).pathname)) return
    scripts.set(
      response.url(),
      response.body().then(
        (body) => gzipSync(body).length,
        () => 0,
      ),
    )
  })
  await page.addInitScript(() => {
    localStorage.setItem('quartier.preferences', JSON.stringify({ theme: 'light', language: 'en', toured: true }))
  })
  await page.goto(url)
  await page.fill('#user', name)
  await page.fill('#password', password)
  const beganAt = performance.now()
  await page.locator('form .primary').click()
  // The policy of the page lets nothing be evaluated from within, so it is asked from here.
  while (!(await page.evaluate(HAS_NAMES))) {
    if (performance.now() - beganAt > PATIENCE_MS) throw new Error('the page shows no map')
    await wait(50)
  }
  const ms = performance.now() - beganAt
  const sizes = await Promise.all(scripts.values())
  const session = await context.newCDPSession(page)
  // Processor time of the main thread: what others on this machine do does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  await wait(SETTLE_MS)
  return { page, session, ms, scriptBytes: sizes.reduce((sum, bytes) => sum + bytes, 0) }
}

/** In the page: the map's names are written, and its figures are here. */
const HAS_NAMES = `(() => {
  const canvas = document.querySelector('.map-labels')
  if (!canvas || !canvas.width || !document.querySelector('.zone')) return false
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((channel) => channel !== 0)
})()`

async function workOf(session: CDPSession): Promise<Work> {
  const { metrics } = await session.send('Performance.getMetrics')
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0
  return {
    script: of('ScriptDuration'),
    layout: of('LayoutDuration') + of('RecalcStyleDuration'),
    task: of('TaskDuration'),
  }
}

/** Milliseconds of the main thread for each tick: script, style and layout, and all tasks with what they waited for. */
async function workPerTick(page: Page, session: CDPSession, seconds: number): Promise<{ own: number; all: number }> {
  await page.mouse.move(0, 0)
  const before = await workOf(session)
  const beganAt = performance.now()
  await wait(seconds * 1000)
  const after = await workOf(session)
  const ticks = ((performance.now() - beganAt) / 1000) * TICKS_PER_S
  const own = after.script + after.layout - before.script - before.layout
  return { own: (own * 1000) / ticks, all: ((after.task - before.task) * 1000) / ticks }
}

/** Goes from the whole district to its sensors in steps, as the wheel does; resolves to the longest task, ms. */
async function zoomIn(page: Page, [longitude, latitude]: readonly [number, number]): Promise<number> {
  await page.evaluate(`(() => {
    window.longest = 0
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
    }).observe({ type: 'longtask' })
  })()`)
  for (let zoom = FAR_ZOOM; zoom <= NEAR_ZOOM + 0.01; zoom += 0.95) {
    const hash = `#at=${zoom.toFixed(2)}/${latitude.toFixed(6)}/${longitude.toFixed(6)}`
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    await wait(1200)
  }
  await page.locator('#map[data-level="sensors"]').waitFor({ timeout: PATIENCE_MS })
  await wait(SETTLE_MS)
  return (await page.evaluate('window.longest')) as number
}

async function seriesInView(page: Page): Promise<number> {
  const text = (await page.locator('.twin .wide').textContent({ timeout: PATIENCE_MS })) ?? ''
  return Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', '') ?? 0)
}

/** How much more the page holds after a while, with everything collected that nobody needs, bytes an hour. */
async function heapGrowth(
  page: Page,
  session: CDPSession,
  seconds: number,
): Promise<{ perHour: number; bytes: number }> {
  const held = async () => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize
  }
  await held()
  await page.waitForTimeout(2000)
  const before = await held()
  const beganAt = performance.now()
  await wait(seconds * 2000)
  const after = await held()
  return { perHour: ((after - before) * 3_600_000) / (performance.now() - beganAt), bytes: after }
}

interface Measured {
  readonly start: Start
  readonly far: { readonly own: number; readonly all: number }
  readonly near: { readonly own: number; readonly all: number }
  readonly inView: number
  readonly longest: number
  readonly heap: { readonly perHour: number; readonly bytes: number }
  readonly seconds: number
}

function rowsOf({ start, far, near, inView, longest, heap, seconds }: Measured): BenchRow[] {
  const perTick = (all: number) =>
    `script, style and layout of the main thread over ${seconds} s at ${TICKS_PER_S} Hz; all tasks, with waiting for pictures that the processor draws: ${all.toFixed(1)} ms`
  return [
    {
      ...{ name: 'page: main thread per tick, whole district', value: far.own, unit: 'ms' },
      ...{ must: 6, reach: 3, smaller: true, note: perTick(far.all) },
    },
    {
      ...{ name: 'page: main thread per tick, sensors', value: near.own, unit: 'ms' },
      ...{ must: 10, reach: 5, smaller: true },
      note: `${inView.toLocaleString('en')} sensors in view; ${perTick(near.all)}`,
    },
    {
      ...{ name: 'page: first useful picture after signing in', value: start.ms / 1000, unit: 's' },
      ...{ must: 2, reach: 1, smaller: true, note: 'names and figures are on the map; drawn by the processor' },
    },
    {
      ...{ name: 'page: scripts before it, gzip', value: start.scriptBytes / 1000, unit: 'kB' },
      ...{ must: 900, reach: 600, smaller: true },
    },
    {
      ...{ name: 'page: zoom from the district to sensors, longest task', value: longest, unit: 'ms' },
      ...{ must: 100, reach: 50, smaller: true },
      note: 'with waiting for pictures that the processor draws; tasks below 50 ms are not seen and count as 0',
    },
    {
      ...{ name: 'page: growth of the heap', value: heap.perHour / 1e6, unit: 'MB/h', smaller: true },
      note: `${(heap.bytes / 1e6).toFixed(0)} MB held; over ${2 * seconds} s of the sensors in view`,
    },
  ]
}
