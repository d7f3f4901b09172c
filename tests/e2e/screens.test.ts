import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import type { Fixture } from './desk-fixture.ts'
import { enter, isBuilt, type Look, open, screenShown, seriousIn, startDesk } from './desk-page.ts'
import { type Up, up } from './quartier.ts'

interface Manifest {
  readonly start_url: string
  readonly icons: readonly { readonly src: string; readonly sizes: string; readonly type: string }[]
}

let browser: Browser
let fixture: Fixture

/** Every row of the table of screens; its code is the page's, and is not loaded here. */
const table = readFileSync(new URL('../../command-center/web/src/screens.ts', import.meta.url), 'utf8')
const SCREENS = [...table.matchAll(/name: '(\w+)',\s+path: '([^']+)'/g)].map(([, name, path]) => ({
  name: name!,
  path: path!,
}))

const LOOKS: readonly Look[] = [
  { theme: 'light', language: 'en', width: 1366, height: 768 },
  { theme: 'dark', language: 'ar', width: 1366, height: 768 },
  { theme: 'light', language: 'ar', width: 390, height: 844 },
  { theme: 'dark', language: 'en', width: 390, height: 844 },
]

/** How far the page, or a part that has no scroll bar of its own, reaches beyond the window. */
const sideways = (page: Page): Promise<number> =>
  page
    .locator('html, #stage > *')
    .evaluateAll((parts) => Math.max(...parts.map((part) => part.scrollWidth - part.clientWidth)))

/** Goes to another screen without loading the page again. */
const goTo = (page: Page, path: string) => page.evaluate(`history.pushState(null, '', '${path}')`)

describe.skipIf(!isBuilt)('every screen of the platform (skipped while command-center/web is not built)', () => {
  let data: string
  let platform: Up

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'quartier-screens-'))
    platform = await up(data, '--sensors', '1500')
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.interrupt()
    rmSync(data, { recursive: true, force: true })
  })

  for (const look of LOOKS) {
    const { theme, language, width } = look
    it(`is sound in ${theme}, ${language}, ${width} px: nothing serious for axe, nothing sideways, nothing from elsewhere`, async () => {
      const { page, problems, close } = await open(browser, platform.url, look)
      const elsewhere: string[] = []
      page.on('request', (request) => {
        if (!/^(blob:)?http:\/\/(localhost|127\.0\.0\.1)/.test(request.url())) elsewhere.push(request.url())
      })
      expect(await seriousIn(page)).toEqual([])
      await page.fill('#user', 'admin')
      await page.fill('#password', platform.password ?? '')
      await page.locator('form .primary').click()
      const found: Record<string, unknown> = {}
      for (const { name, path } of SCREENS) {
        await goTo(page, path)
        await screenShown(page, name)
        const [serious, beyond] = [await seriousIn(page), await sideways(page)]
        if (serious.length > 0 || beyond > 0) found[name] = { serious, beyond }
      }
      expect(found).toEqual({})
      expect(elsewhere).toEqual([])
      expect(problems).toEqual([])
      await close()
    })
  }
})

describe.skipIf(!isBuilt)('the screens (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    fixture = await startDesk()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  it('are reached by keys, keep the live picture, and are come back to as they were left', async () => {
    const { page, problems, close } = await open(browser, fixture.url)
    await enter(page, 'admin')
    await page.locator('.row').first().click()
    await page.locator('.card h2', { hasText: /\w/ }).waitFor()
    const selected = await page.evaluate('location.hash')
    expect(selected).not.toBe('')
    await page.keyboard.press('g')
    await page.keyboard.press('5')
    await screenShown(page, 'devices')
    expect(await page.title()).toMatch(/^Devices · /)
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Devices')
    expect(await page.locator('.row-of-screens [aria-current="page"]').textContent()).toBe('Devices')
    await page.getByRole('button', { name: /Adopt .?wild\/hall/ }).waitFor()
    const clock = page.locator('.clock b')
    const before = await clock.textContent()
    await expect.poll(() => clock.textContent(), { timeout: 30_000 }).not.toBe(before)
    await page.keyboard.press('g')
    await page.keyboard.press('1')
    await screenShown(page, 'map')
    expect(await page.evaluate('location.pathname + location.hash')).toBe(`/${selected}`)
    await page.keyboard.press('g')
    await page.keyboard.press('6')
    await page.getByRole('button', { name: /Change .?acme-meters/ }).click()
    await page.goBack()
    await page.getByRole('button', { name: /Change .?acme-meters/ }).waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('lead from a search on any screen to the map', async () => {
    const { page, close } = await open(browser, fixture.url, { path: '/settings' })
    await enter(page)
    await screenShown(page, 'settings')
    await page.keyboard.press('/')
    await page.keyboard.type('weather')
    await page.locator('#search-hits [role=option]').first().waitFor()
    await page.keyboard.press('Enter')
    await screenShown(page, 'map')
    await page.locator('.card h2', { hasText: /\w/ }).waitFor()
    await close()
  })

  it('are absent for those who may not use them, and say so where somebody comes by an address', async () => {
    const { page, close } = await open(browser, fixture.url, { path: '/people' })
    await enter(page)
    await page.getByText('Your role may not see this.').waitFor()
    expect(await page.getByRole('link', { name: 'People', exact: true }).count()).toBe(0)
    await page.goto(`${fixture.url}/nowhere`)
    await page.getByText('No screen has this address.').waitFor()
    await page.getByRole('button', { name: 'To the map' }).click()
    await screenShown(page, 'map')
    await close()
  })

  it('keep what somebody chooses, for them alone', async () => {
    const { page, close } = await open(browser, fixture.url, { path: '/settings' })
    await enter(page)
    const screen = page.locator('main')
    await screen.getByText('Compact').click()
    await screen.getByText('العربية', { exact: true }).click()
    await screen.getByText('٠١٢٣٤٥٦٧٨٩').click()
    const root = page.locator('html')
    expect([await root.getAttribute('dir'), await root.getAttribute('data-density')]).toEqual(['rtl', 'compact'])
    await page.reload()
    await screenShown(page, 'settings')
    expect([await root.getAttribute('lang'), await root.getAttribute('data-density')]).toEqual(['ar', 'compact'])
    const kept = await page.evaluate("Object.keys(localStorage).filter((key) => key.includes('operator'))")
    expect(kept).toEqual(['quartier.preferences.operator'])
    await close()
  })

  it('are shown to a newcomer once, by keyboard, and not again', async () => {
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'en' })
    const page = await context.newPage()
    await page.goto(fixture.url)
    await enter(page)
    const tour = page.getByRole('complementary', { name: 'A look round' })
    await tour.waitFor()
    for (const step of [1, 2, 3, 4, 5]) {
      await tour.getByText(new RegExp(`${step}.? of .?5`)).waitFor()
      await tour.locator('.primary').press('Enter')
    }
    await tour.waitFor({ state: 'detached' })
    await page.reload()
    await screenShown(page, 'map')
    expect(await tour.count()).toBe(0)
    await context.close()
  })

  it('can be installed, and open without the server as far as they can', async () => {
    const { page, close } = await open(browser, fixture.url)
    const href = await page.locator('link[rel="manifest"]').getAttribute('href')
    const manifest = (await (await page.request.get(fixture.url + href)).json()) as Manifest
    expect(manifest.start_url).toBe('/')
    for (const { src, sizes } of manifest.icons.filter(({ type }) => type === 'image/png')) {
      const picture = await (await page.request.get(fixture.url + src)).body()
      expect(`${picture.readUInt32BE(16)}x${picture.readUInt32BE(20)}`).toBe(sizes)
    }
    const kept = await page.evaluate<string[]>(`(async () => {
      await navigator.serviceWorker.ready
      const cache = await caches.open('quartier')
      return (await cache.keys()).map(({ url }) => new URL(url).pathname)
    })()`)
    expect(kept).toEqual(expect.arrayContaining(['/', '/before-paint.js']))
    expect(kept.filter((path) => path.startsWith('/api'))).toEqual([])
    await page.context().setOffline(true)
    await page.reload()
    await page.locator('#user').waitFor()
    await close()
  })
})
