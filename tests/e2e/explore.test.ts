import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import type { Fixture } from './desk-fixture.ts'
import { enter, isBuilt, type Look, open, screenShown, seriousIn, startDesk } from './desk-page.ts'

let browser: Browser
let fixture: Fixture

/** Keys of the address, in their order. */
const seriesOf = (page: Page) => new URL(page.url()).searchParams.getAll('s')

// Numbers stand in isolates that nobody sees.
const lastWeek = (page: Page) => page.getByRole('button', { name: /^.?7.? d$/ })
const TEN_MINUTES = /means of .*10.* min/

/** Whether anything is drawn in the first chart. */
const isInked = (page: Page) =>
  page
    .locator('.lane canvas')
    .first()
    .evaluate((canvas) => {
      const { width, height } = canvas
      const pixels: Uint8ClampedArray = width ? canvas.getContext('2d').getImageData(0, 0, width, height).data : []
      return pixels.some((channel) => channel !== 0)
    })

async function arrive(look: Look = {}) {
  const opened = await open(browser, fixture.url, { path: '/explore', ...look })
  await enter(opened.page)
  await screenShown(opened.page, 'explore')
  return opened
}

/** Chooses the first thing that a search finds. */
async function choose(page: Page, text: string): Promise<void> {
  const before = await page.locator('.chosen li').count()
  await page.locator('#explore-search').fill(text)
  await page.locator('.picker-hits [role=option]').first().waitFor()
  await page.locator('#explore-search').press('Enter')
  await page.locator('.chosen li').nth(before).waitFor()
  await page.locator('#explore-search').press('Escape')
}

const drawn = (page: Page) => expect.poll(() => isInked(page), { timeout: 30_000 }).toBe(true)

describe.skipIf(!isBuilt)('history to explore (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    fixture = await startDesk()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  it('is found by search, drawn, compared with last week, exported, and restored by a link', async () => {
    const { page, problems, close } = await arrive()
    await page.getByText('No series chosen').waitFor()
    await choose(page, 'weather temperature')
    await choose(page, 'weather wind')
    await drawn(page)
    expect(seriesOf(page)).toHaveLength(2)
    await page.locator('.period', { hasText: 'Asia/Qatar' }).waitFor()
    await lastWeek(page).click()
    await page.locator('.period', { hasText: TEN_MINUTES }).waitFor()
    await page.getByLabel('Compare with').selectOption({ label: 'The week before' })
    await page.locator('.values .before', { hasText: 'the week before' }).first().waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export: What is shown' }).click()
    const file = await download
    expect(file.suggestedFilename()).toMatch(/^quartier \d{4}-\d\d-\d\d-\d\d-\d\d\.csv$/)
    const lines = (await readFile(await file.path(), 'utf8')).split('\r\n')
    expect(lines[0]).toContain('series,from,to,unit,zone,mean')
    // Both series, a week and the week before.
    expect(lines.length).toBeGreaterThan(2 * 2 * 1000)
    await page.getByText('Exported as').waitFor()

    const address = page.url()
    await page.getByRole('button', { name: 'Nearer' }).click()
    await expect.poll(() => page.url()).toContain('from=')
    const other = await page.context().newPage()
    await other.goto(address)
    await screenShown(other, 'explore')
    await drawn(other)
    expect(await other.locator('.chosen li').count()).toBe(2)
    await other.locator('.values .before', { hasText: 'the week before' }).first().waitFor()
    expect(await lastWeek(other).getAttribute('aria-pressed')).toBe('true')
    expect(problems).toEqual([])
    await close()
  })

  it('is zoomed by drawing over it, moved by buttons, and followed again', async () => {
    const { page, problems, close } = await arrive()
    await choose(page, 'weather temperature')
    await drawn(page)
    const box = (await page.locator('.lane .u-over').first().boundingBox())!
    await page.mouse.move(box.x + box.width * 0.3, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 70, { steps: 6 })
    await page.mouse.up()
    await expect.poll(() => page.url()).toContain('from=')
    const span = () => {
      const query = new URL(page.url()).searchParams
      return Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '')
    }
    expect(span() / 3_600_000).toBeGreaterThan(3.5)
    expect(span() / 3_600_000).toBeLessThan(6.5)
    const live = page.getByRole('button', { name: 'Live' })
    expect(await live.getAttribute('aria-pressed')).toBe('false')
    const before = page.url()
    await page.getByRole('button', { name: 'Earlier' }).click()
    await expect.poll(() => page.url()).not.toBe(before)
    await live.click()
    await expect.poll(() => page.url()).toContain('last=')
    await page.getByRole('button', { name: 'Other' }).click()
    await page.getByLabel('From', { exact: true }).fill('2026-01-01T06:00')
    await page.getByLabel('To', { exact: true }).fill('2026-01-01T05:00')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByText('The end must come after the beginning.').waitFor()
    await page.getByLabel('To', { exact: true }).fill('2026-01-02T06:00')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    // Six in the morning in Qatar is three in UTC.
    await expect.poll(() => page.url()).toContain('from=2026-01-01T03:00:00Z&to=2026-01-02T03:00:00Z')
    expect(problems).toEqual([])
    await close()
  })

  it('puts two units into one chart, more into further ones, or each series into its own', async () => {
    const { page, close } = await arrive()
    for (const text of ['weather temperature', 'weather wind', 'weather humidity']) await choose(page, text)
    await expect.poll(() => page.locator('.lane').count()).toBe(2)
    await page.getByRole('button', { name: 'One by one' }).click()
    await expect.poll(() => page.locator('.lane').count()).toBe(3)
    expect(page.url()).toContain('apart')
    await page
      .getByRole('button', { name: /^Remove / })
      .first()
      .click()
    await expect.poll(() => page.locator('.lane').count()).toBe(2)
    await close()
  })

  it('is shown in the unit and zone of then', async () => {
    const key = fixture.changedSeries
    const { page, close } = await arrive({ path: `/explore?s=${encodeURIComponent(key)}&last=24h` })
    await drawn(page)
    await page.locator('.chosen li p', { hasText: /until .*in .?W.*zone/ }).waitFor()
    await page.getByRole('button', { name: 'Table', exact: true }).click()
    const table = page.locator('.windows-table')
    await table.locator('tbody tr').nth(3).waitFor()
    expect(await table.locator('tbody td.n').nth(2).textContent()).toMatch(/kW$/)
    await table.evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(() => table.locator('tbody td.n').last().textContent()).toMatch(/[\d\s]W$/)
    await close()
  })

  it('is worked by keyboard alone, and tells what stands under the cursor', async () => {
    const { page, close } = await arrive()
    await page.locator('#explore-search').focus()
    await page.keyboard.type('weather temperature')
    await page.locator('.picker-hits [role=option]').first().waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await drawn(page)
    const cursor = page.getByRole('slider', { name: 'Time in the charts' })
    for (let i = 0; i < 40 && !(await cursor.evaluate((one) => one.matches(':focus'))); i++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Home')
    await page.keyboard.press('Shift+ArrowRight')
    const first = await cursor.getAttribute('aria-valuetext')
    expect(first).toMatch(/A, Temperature: .*°C/)
    await page.keyboard.press('Space')
    await page.getByText('Space again shows what is between.').waitFor()
    for (let i = 0; i < 12; i++) await page.keyboard.press('Shift+ArrowRight')
    expect(await cursor.getAttribute('aria-valuetext')).not.toBe(first)
    await page.keyboard.press('Space')
    await expect.poll(() => page.url()).toContain('from=')
    const near = page.url()
    await page.keyboard.press('-')
    await expect.poll(() => page.url()).not.toBe(near)
    const table = page.getByRole('button', { name: 'Table', exact: true })
    await table.focus()
    await page.keyboard.press('Enter')
    await page.locator('.windows-table tbody tr').nth(2).waitFor()
    expect(Number(await page.locator('.windows-table table').getAttribute('aria-rowcount'))).toBeGreaterThan(100)
    await close()
  })

  it('says so in place when it cannot be loaded, and keeps what was there', async () => {
    const { page, close } = await arrive()
    await choose(page, 'weather temperature')
    await drawn(page)
    await page.route('**/api/windows*', (route) =>
      route.fulfill({ status: 503, json: { code: 'STORE_UNAVAILABLE', message: 'not there' } }),
    )
    await lastWeek(page).click()
    await page.getByText('You see what was loaded before.').waitFor()
    expect(await page.locator('.lane canvas').count()).toBe(1)
    await page.unroute('**/api/windows*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.period', { hasText: TEN_MINUTES }).waitFor()
    await close()
  })

  it('tells of a series that is not there, and shows the others', async () => {
    const { page, close } = await arrive({ path: '/explore?s=no/such/thing' })
    await page.getByText('Not in the registry, or not yours to see.').waitFor()
    await choose(page, 'weather temperature')
    await drawn(page)
    await close()
  })

  it('speaks Arabic from right to left, with charts that run from left to right', async () => {
    const { page, problems, close } = await arrive({ language: 'ar' })
    await page.getByText('لم تختر قياسًا').waitFor()
    await choose(page, 'weather temperature')
    await drawn(page)
    const [list, chart] = await Promise.all([
      page.locator('.chosen').boundingBox(),
      page.locator('.lane').boundingBox(),
    ])
    expect(list!.x).toBeLessThan(chart!.x)
    expect(await page.locator('.lane').getAttribute('dir')).toBe('ltr')
    await page.getByRole('button', { name: 'جدول' }).click()
    await page.locator('.windows-table tbody tr').nth(2).waitFor()
    expect(problems).toEqual([])
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    it(`has no serious accessibility fault in ${theme}`, async () => {
      const { page, close } = await arrive({ theme })
      await choose(page, 'weather temperature')
      await choose(page, 'weather wind')
      await drawn(page)
      await page.getByRole('button', { name: 'Other' }).click()
      await page.locator('#explore-search').fill('weather')
      await page.locator('.picker-hits [role=option]').first().waitFor()
      expect(await seriousIn(page)).toEqual([])
      await page.locator('#explore-search').press('Escape')
      await page.getByRole('button', { name: 'Table', exact: true }).click()
      await page.locator('.windows-table tbody tr').nth(2).waitFor()
      expect(await seriousIn(page)).toEqual([])
      await close()
    })
  }

  it('fits a phone', async () => {
    const { page, close } = await arrive({ width: 390, height: 844 })
    await choose(page, 'weather temperature')
    await drawn(page)
    expect(await page.locator('html').evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(390)
    expect(await page.locator('.explore').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0)
    expect(await seriousIn(page)).toEqual([])
    await close()
  })
})
