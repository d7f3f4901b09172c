import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { isBuilt, open as openPage, seriousIn } from './desk-page.ts'
import { PIER, PIER_SENSORS, type Pier, pierDistrict, startPier } from './pier.ts'
import { type Up, up } from './quartier.ts'
import { type Person, signIn } from './scenarios.ts'

const SENSORS = 2000
/** A machine without a graphics card draws slowly. */
const PATIENCE = { timeout: 90_000 }

let data: string
let platform: Up
let password: string
let pier: Pier
let browser: Browser

const start = (...args: string[]) => up(data, '--sensors', String(SENSORS), ...args)

/** Signed in as the administrator, with the first values on the screen. */
async function enter(look: Parameters<typeof openPage>[2] = {}) {
  const opened = await openPage(browser, platform.url, { width: 1600, height: 900, ...look })
  const { page } = opened
  await page.fill('#user', 'admin')
  await page.fill('#password', password)
  await page.locator('form .primary').click()
  await page.locator('.zone').first().waitFor(PATIENCE)
  await page.locator('.map-labels').waitFor({ state: 'attached', ...PATIENCE })
  return opened
}

async function importPier(person: Person): Promise<void> {
  const { csrfToken } = (await person.get('/api/session')) as { csrfToken: string }
  const answer = await fetch(`${platform.url}/api/registry/import`, {
    method: 'POST',
    headers: {
      cookie: person.cookie,
      'x-csrf-token': csrfToken,
      'idempotency-key': 'pier-district',
      'content-type': 'application/geo+json',
    },
    body: pierDistrict(),
  })
  expect(await answer.json()).toMatchObject({ refused: [] })
}

const silentRow = (page: Page) => page.locator('#list .row', { hasText: new RegExp(`${PIER.gateway}.* is silent`) })
const coverageOf = (page: Page) => page.locator('.zone[data-zone="z-pier"] button')

describe.skipIf(!isBuilt)('the live map (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'quartier-map-'))
    platform = await start()
    password = platform.password ?? ''
    await importPier(await signIn(platform.url, password))
    pier = await startPier(platform.mqttUrl)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await pier?.stop()
    await platform?.interrupt()
    rmSync(data, { recursive: true, force: true })
  })

  it('follows a street as it gets slower', async () => {
    const { page, problems, close } = await enter()
    await coverageOf(page).click()
    await page.keyboard.press('t')
    const street = page.locator('.table-twin tr', { hasText: PIER.street })
    await street.filter({ hasText: /Level of service .?A/ }).waitFor(PATIENCE)
    pier.speed(14)
    await street.filter({ hasText: /Level of service .?F/ }).waitFor(PATIENCE)
    pier.speed(46)
    await street.filter({ hasText: /Level of service .?A/ }).waitFor(PATIENCE)
    expect(problems).toEqual([])
    await close()
  })

  it('finds the one failed gateway in two actions, and says that a zone is blind and not quiet', async () => {
    const { page, problems, close } = await enter()
    const total = PIER_SENSORS + 3
    await expect.poll(() => coverageOf(page).getAttribute('aria-label'), PATIENCE).toMatch(/63.* of .*63.* report/)
    pier.silence(true)
    await silentRow(page).waitFor(PATIENCE)
    await page.locator('.sums button', { hasText: 'Silent gateways' }).click()
    await page.locator('#list .row').first().click()
    await page.locator('.card h2', { hasText: PIER.gateway }).waitFor(PATIENCE)
    await page.locator('.map-tag', { hasText: PIER.gateway }).waitFor(PATIENCE)

    expect(await coverageOf(page).getAttribute('aria-label')).toMatch(
      new RegExp(`3.* of .*${total}.* report, .*${PIER_SENSORS}.* blind`),
    )
    await coverageOf(page).click()
    const tag = page.locator('.blind-tag', { hasText: PIER.zone })
    await tag.filter({ hasText: /Blind since \S*\d\d:\d\d/ }).waitFor(PATIENCE)
    expect(await tag.textContent()).toMatch(new RegExp(`${PIER_SENSORS}.* sensors`))
    await page.keyboard.press('t')
    const room = page.locator('.table-twin tr', { hasText: 'Room 1' }).first()
    expect(await room.textContent()).toContain('silent')
    expect(await seriousIn(page)).toEqual([])
    pier.silence(false)
    await silentRow(page).waitFor({ state: 'detached', ...PATIENCE })
    expect(problems).toEqual([])
    await close()
  })

  it('is worked by keyboard alone, and its address restores what was seen', async () => {
    pier.silence(true)
    const { page, close } = await enter()
    await silentRow(page).waitFor(PATIENCE)
    await page.keyboard.press('j')
    await page.locator('.card h2', { hasText: PIER.gateway }).waitFor(PATIENCE)
    await page.keyboard.press('/')
    await page.keyboard.type('pier detector')
    await page.locator('#search-hits [role=option]', { hasText: 'Pier detector 1' }).first().waitFor(PATIENCE)
    await page.keyboard.press('Enter')
    await page.locator('.card h2', { hasText: 'Pier detector' }).waitFor(PATIENCE)
    await page.keyboard.press('Tab')
    // Layers: one of them off, by the keyboard.
    await page.locator('[data-tool="layers"]').press('Enter')
    await page.locator('.layer-list input').first().press('Space')
    await page.keyboard.press('Escape')
    expect(await page.evaluate('document.activeElement.dataset.tool')).toBe('layers')
    await page.locator('[data-tool="circle"]').press('Enter')
    await page.getByRole('button', { name: 'Around what is selected' }).press('Enter')
    await page.locator('.tool-sheet [role="status"]', { hasText: 'within' }).waitFor(PATIENCE)
    await page.keyboard.press('Escape')
    await page.keyboard.press('t')
    await page.locator('.table-twin tbody tr').first().waitFor(PATIENCE)
    await expect.poll(() => page.url(), PATIENCE).toMatch(/#asset=td-.*at=.*off=\w+.*circle=.*table=1/)

    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await page.locator('.table-twin tbody tr').first().waitFor(PATIENCE)
    await page.locator('.card h2', { hasText: 'Pier detector' }).waitFor(PATIENCE)
    await expect.poll(() => page.url(), PATIENCE).toBe(link)
    pier.silence(false)
    await close()
  })

  it('speaks Arabic, has a wall without controls, and no serious accessibility fault in the dark', async () => {
    const { page, problems, close } = await enter({ language: 'ar', theme: 'dark' })
    await page.locator('[data-tool="layers"]').click()
    await page.locator('.layer-list', { hasText: 'المرور' }).waitFor(PATIENCE)
    expect(await seriousIn(page)).toEqual([])
    await page.goto(`${platform.url}/?wall`)
    await page.locator('.wall-system').first().waitFor(PATIENCE)
    expect(await page.locator('.wall button').count()).toBe(0)
    expect(await seriousIn(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('says so when the server is gone, and recovers by itself', async () => {
    const { page, close } = await enter()
    const port = new URL(platform.url).port
    await pier.stop()
    await platform.interrupt()
    await page.locator('.connection', { hasText: 'No connection since' }).waitFor(PATIENCE)
    platform = await start('--port', port)
    pier = await startPier(platform.mqttUrl)
    await page.locator('.connection').waitFor({ state: 'detached', ...PATIENCE })
    await expect.poll(() => coverageOf(page).getAttribute('aria-label'), PATIENCE).toMatch(/63.* of .*63.* report/)
    await close()
  })
})
