import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { type Fixture, GENERATED } from './desk-fixture.ts'
import { enter, isBuilt, type Look, open as openPage, seriousIn, startDesk } from './desk-page.ts'

const SCRIPT_BUDGET_BYTES = 900_000

let browser: Browser
let fixture: Fixture

const open = (look?: Look) => openPage(browser, fixture.url, look)

async function signIn(page: Page, name?: string): Promise<void> {
  await enter(page, name)
  await page.locator('.row').first().waitFor({ state: 'attached' })
}

/** The map is there when its labels have been written: they come with its first picture. */
async function mapDrawn(page: Page): Promise<void> {
  const labels = page.locator('.map-labels')
  await labels.waitFor({ state: 'attached' })
  const inked = () =>
    labels.evaluate((canvas) => {
      const { width, height } = canvas
      const pixels: Uint8ClampedArray = width ? canvas.getContext('2d').getImageData(0, 0, width, height).data : []
      return pixels.some((channel) => channel !== 0)
    })
  await expect.poll(inked, { timeout: 60_000 }).toBe(true)
}

describe.skipIf(!isBuilt)('the desk in a browser (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    fixture = await startDesk()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  it('refuses a wrong password in a sentence and keeps the user name', async () => {
    const { page, close } = await open()
    await page.fill('#user', 'operator')
    await page.fill('#password', 'wrong')
    await page.locator('form .primary').click()
    await page.getByText('User name and password do not belong together.').waitFor()
    expect(await page.inputValue('#user')).toBe('operator')
    await close()
  })

  it('shows the district with values that move, within its script budget and without an error', async () => {
    const { page, problems, close } = await open()
    await page.waitForLoadState('networkidle')
    const scripts = new Map<string, number>()
    page.on('response', (response) => {
      if (!/\.m?js$/.test(new URL(response.url()).pathname)) return
      void response.body().then(
        (body) => {
          scripts.set(response.url(), gzipSync(body).length)
        },
        () => problems.push(`no body of ${response.url()}`),
      )
    })
    await page.reload()
    await signIn(page)
    await mapDrawn(page)
    expect(await page.locator('.top .district').textContent()).toBe('Naseem Quarter')
    const cell = page.locator('[data-cell="readings"] b')
    await cell.waitFor()
    await page.locator('.row').first().click()
    const age = page.locator('.card .now dd').nth(1)
    const before = await age.textContent()
    await expect.poll(() => age.textContent(), { timeout: 60_000 }).not.toBe(before)
    await page.locator('.trend canvas').waitFor()
    const scriptBytes = [...scripts.values()].reduce((sum, bytes) => sum + bytes, 0)
    expect(scriptBytes).toBeGreaterThan(100_000)
    expect(scriptBytes).toBeLessThan(SCRIPT_BUDGET_BYTES)
    expect(problems).toEqual([])
    await close()
  })

  it('follows the browser in colours and language on the first visit, and the control room in its time', async () => {
    const context = await browser.newContext({ colorScheme: 'dark', locale: 'ar', timezoneId: 'America/New_York' })
    const page = await context.newPage()
    await page.goto(fixture.url)
    const root = page.locator('html')
    await page.locator('#user').waitFor()
    expect([await root.getAttribute('data-theme'), await root.getAttribute('dir')]).toEqual(['dark', 'rtl'])
    await page.locator('footer', { hasText: 'Asia/Qatar' }).waitFor()
    expect(await page.locator('h1').textContent()).toMatch(/[\u0600-\u06ff]/)
    await context.close()
  })

  it('tells what each figure of the health strip means', async () => {
    const { page, close } = await open()
    await signIn(page)
    await page.locator('[data-cell="lag"]').waitFor({ state: 'attached' })
    await page.locator('body').press('?')
    const help = page.getByRole('dialog', { name: 'Help' })
    await help.getByText('Waiting to be stored').waitFor()
    expect(await help.locator('.figures dt').count()).toBe(await page.locator('[data-cell]').count())
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'detached' })
    await close()
  })

  it('lets an administrator say who signs in, and nobody else', async () => {
    const { page, problems, close } = await open()
    await signIn(page)
    const people = page.getByRole('link', { name: 'People', exact: true })
    expect(await people.count()).toBe(0)
    await page.goto(`${fixture.url}/people`)
    await page.getByText('Your role may not see this.').waitFor()
    await page.getByRole('button', { name: 'Menu' }).click()
    // What is still being asked for would be refused once nobody is signed in.
    await page.waitForLoadState('networkidle')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.locator('#user').waitFor()
    await page.goto(fixture.url)
    await signIn(page, 'admin')
    await people.click()
    await page.locator('[data-person="operator"]').waitFor()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('People')
    await page.getByRole('button', { name: 'Add a person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('[name="display"]').fill('Omar Aziz')
    await dialog.locator('[name="user"]').fill('Omar')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').filter({ hasText: 'small letters' }).waitFor()
    await dialog.locator('[name="user"]').fill('omar')
    expect(await seriousIn(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(GENERATED).waitFor()
    await page.locator('[data-person="omar"]').waitFor()
    expect(await seriousIn(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('asks for a snapshot after a lost frame and goes on', async () => {
    const { page, close } = await open()
    await signIn(page)
    const before = fixture.resyncs()
    fixture.dropFrame()
    await expect.poll(() => fixture.resyncs(), { timeout: 30_000 }).toBeGreaterThan(before)
    await page.locator('.connection').waitFor({ state: 'detached' })
    await close()
  })

  it('says so when nothing arrives any more, and takes it back when something does', async () => {
    const { page, close } = await open()
    await signIn(page)
    fixture.freeze(true)
    try {
      await page.getByText(/No connection since/).waitFor()
      expect(await page.locator('.connection').textContent()).toContain('You see the state of')
    } finally {
      fixture.freeze(false)
    }
    await page.locator('.connection').waitFor({ state: 'detached' })
    await close()
  })

  it('lists events as they come, finds those that are asked for, and leads to their asset', async () => {
    const { page, problems, close } = await open()
    await signIn(page)
    await mapDrawn(page)
    await page.locator('body').press('e')
    const rows = page.locator('.event-row')
    await rows.first().waitFor()
    const first = await rows.first().getAttribute('data-row')
    await expect.poll(() => rows.first().getAttribute('data-row'), { timeout: 30_000 }).not.toBe(first)
    await page.getByLabel('Kind').selectOption({ label: 'Lift fault' })
    await expect.poll(async () => new Set(await rows.locator('.ti').allTextContents()).size).toBe(1)
    expect(await rows.first().textContent()).toMatch(/Lift fault.*begins · E12 · floor .*3/s)
    await page.getByLabel('Kind').selectOption('')
    await page.getByLabel('Severity').selectOption('critical')
    await expect.poll(async () => (await rows.locator('.severity').allTextContents()).join()).toMatch(/^(Critical,?)+$/)
    await page.getByLabel('Search devices and details').fill('kitchen')
    await expect.poll(async () => new Set(await rows.locator('.details').allTextContents()).size).toBe(1)
    await rows.first().click()
    await page.locator('.card h2', { hasText: /\w/ }).waitFor()
    await page.getByLabel('Search devices and details').fill('no such thing')
    await page.getByText('Nothing happened.').waitFor()
    await page.getByLabel('Search devices and details').fill('')
    await page.getByLabel('Severity').selectOption('info')
    await page.getByRole('button', { name: 'Show older ones' }).click()
    await expect.poll(() => rows.count()).toBeGreaterThan(150)
    expect(await seriousIn(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('is worked by keyboard alone', async () => {
    const { page, close } = await open()
    await signIn(page)
    await page.locator('body').press('j')
    await page.locator('.card h2', { hasText: /\w/ }).waitFor()
    expect(await page.locator('.row[aria-current]').count()).toBe(1)
    const twin = page.locator('.table-twin')
    // From afar the rows are places, and one of them leads there.
    await page.keyboard.press('c')
    await page.keyboard.press('t')
    await twin.locator('table[aria-label="Places in view"] tbody tr').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await twin.waitFor({ state: 'detached' })
    await page.locator('#map[data-level="assets"]').waitFor()
    await page.keyboard.press('c')
    await page.keyboard.press('t')
    await twin.locator('table[aria-label="Assets in view"] tbody tr').first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await twin.locator('[aria-selected="true"]').waitFor()
    await page.keyboard.press('Escape')
    await twin.waitFor({ state: 'detached' })
    await page.keyboard.press('/')
    await page.keyboard.type('weather wind')
    await page.locator('#search-hits [role=option]').first().waitFor()
    await page.keyboard.press('Enter')
    await page.locator('.card .now', { hasText: 'Wind speed' }).waitFor()
    await close()
  })

  it('speaks Arabic from right to left, with the map and the numbers left to right', async () => {
    const { page, problems, close } = await open({ language: 'ar' })
    await signIn(page)
    await mapDrawn(page)
    const [list, card] = await Promise.all([page.locator('#list').boundingBox(), page.locator('#card').boundingBox()])
    expect(list!.x).toBeGreaterThan(card!.x)
    expect(await page.locator('.map-canvas').getAttribute('dir')).toBe('ltr')
    const words = await page.locator('#list .sec').first().textContent()
    expect(words).toMatch(/[\u0600-\u06ff]/)
    await page.locator('body').press('e')
    await page.locator('.event-row', { hasText: 'عطل مصعد' }).first().waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('fits a phone in one column', async () => {
    const { page, close } = await open({ width: 390, height: 844 })
    await signIn(page)
    await page.locator('.dock button').first().click()
    await page.locator('.row').first().click()
    await page.locator('.card .now').waitFor({ state: 'visible' })
    const width = await page.locator('html').evaluate((root) => root.scrollWidth)
    expect(width).toBeLessThanOrEqual(390)
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('button', { name: 'Help' }).waitFor({ state: 'visible' })
    expect(await seriousIn(page)).toEqual([])
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    it(`has no serious accessibility fault in ${theme}`, async () => {
      const { page, close } = await open({ theme })
      expect(await seriousIn(page)).toEqual([])
      await signIn(page)
      await page.locator('.row').first().click()
      await page.locator('.trend canvas').waitFor()
      expect(await seriousIn(page)).toEqual([])
      await page.keyboard.press('t')
      await page.locator('.table-twin tbody tr').first().waitFor()
      expect(await seriousIn(page)).toEqual([])
      await close()
    })
  }
})
