import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import mqtt from 'mqtt'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { seriousIn } from './desk-page.ts'
import { type Up, up } from './quartier.ts'

const dist =
  process.env.COMMAND_CENTER_WEB_DIR ?? fileURLToPath(new URL('../../command-center/web/dist', import.meta.url))
const built = existsSync(join(dist, 'index.html'))

let data: string
let platform: Up
let browser: Browser

/** One screen of the administrator, reached from the map. */
async function open(tool: RegExp, { language = 'en', theme = 'light', width = 1366, height = 768 } = {}) {
  const context = await browser.newContext({ viewport: { width, height } })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.addInitScript(
    (kept) => localStorage.setItem('quartier.preferences', kept),
    JSON.stringify({ theme, language, toured: true }),
  )
  await page.goto(platform.url)
  await page.fill('#user', 'admin')
  await page.fill('#password', platform.password ?? '')
  await page.locator('form .primary').click()
  await page.locator('.desk').waitFor()
  if (width < 760) await page.locator('.menu-button').click()
  await page.locator('header nav a:visible').filter({ hasText: tool }).click()
  const screen = page.locator('main')
  await screen.locator('h1').filter({ hasText: tool }).waitFor()
  return { page, screen, problems, close: () => context.close() }
}

/** A gateway of somebody whose messages nobody knows yet. */
const VENDOR = {
  name: 'acme',
  source: 'acme',
  kind: 'gateway',
  publish: ['vendor/#'],
  subscribe: [],
  devices: ['*'],
  personal: false,
  historical: false,
  enabled: true,
} as const
const vendor = { username: 'acme', password: '' }

const publish = async (topic: string, payload: string, login: { username: string; password: string }) => {
  const client = await mqtt.connectAsync(platform.mqttUrl, { reconnectPeriod: 0, ...login })
  await client.publishAsync(topic, payload, { qos: 1 })
  await client.endAsync()
}

describe.skipIf(!built)('sources and devices in a browser (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'quartier-sources-'))
    const config = join(data, 'quartier.json')
    const gateway = { unknownSeries: 'quarantine' }
    writeFileSync(config, JSON.stringify({ gateway }))
    const records = await openSqliteRecords({ path: join(data, 'records.db') })
    vendor.password = await records.principals.put(VENDOR)
    await records.close()
    platform = await up(data, '--no-demo', '--config', config)
    browser = await launchBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await platform?.interrupt()
    rmSync(data, { recursive: true, force: true })
  })

  it('a mapping is written, tried on a message and kept by keyboard alone, and holds at once', async () => {
    const { page, screen, problems, close } = await open(/Mappings/)
    await screen.getByText('No mapping yet.').waitFor()
    const press = (...keys: string[]) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), done)
    await screen.getByRole('button', { name: 'Add a mapping' }).focus()
    await press('Enter')
    await page.keyboard.type('Vendor')
    await press('Enter')
    // What is wrong is said where it is, and the first such field has the focus.
    expect(await faulty(screen)).toEqual(['name', 'filter', 'values'])
    expect(await focused(page)).toBe('name')
    expect(await seriousIn(page)).toEqual([])
    for (const text of ['vendor', 'vendor/{source}/up', '', '/dev/id', '/at']) {
      await press('Control+a')
      if (text) await page.keyboard.type(text)
      await press('Tab')
    }
    await page.keyboard.type('s')
    await screen.locator('[data-field="values"]').focus()
    await page.keyboard.type('temperature')
    await press('Tab')
    await page.keyboard.type('/data/t')
    await press('Tab', 'Tab', 'Enter')
    await screen.getByLabel(/^Property .2/).focus()
    await page.keyboard.type('humidity')
    await press('Tab')
    await page.keyboard.type('/data/h')
    await screen.getByLabel('Topic that it came on').focus()
    await page.keyboard.type('vendor/acme/up')
    await press('Tab')
    await page.keyboard.insertText('{"dev":{"id":"s-1"},\n "data":{"t":21.5,"h":}}')
    await press('Control+Enter')
    await screen.getByText('The message would be refused.').waitFor()
    await screen.getByRole('button', { name: /Line .2., column .23/ }).waitFor()
    await press('Control+a')
    await page.keyboard.insertText('{"dev":{"id":"s-1"},"data":{"t":21.5,"h":null}}')
    await screen.getByText('Changed since.').waitFor()
    await press('Control+Enter')
    await screen.getByText(/It gives .*1.* reading and .*0.* texts/).waitFor()
    expect(await screen.locator('.outcome td').allTextContents()).toEqual([
      's-1',
      'temperature',
      '21.5',
      'no time in the message: on arrival',
    ])
    expect(await screen.locator('.outcome .wrong').textContent()).toContain('/data/h is null')
    expect(await seriousIn(page)).toEqual([])
    await screen.getByRole('button', { name: 'Save' }).focus()
    await press('Enter')
    await screen.locator('[data-mapping="vendor"]').waitFor()
    await publish('vendor/acme/up', '{"dev":{"id":"s-1"},"data":{"t":21.5,"h":40}}', vendor)
    expect(problems).toEqual([])
    await close()
  })

  it('a mapping is changed, switched off and removed, which is asked once more', async () => {
    const { page, screen, close } = await open(/Mappings/, { theme: 'dark' })
    await screen.getByRole('button', { name: named('Change', 'vendor') }).click()
    expect(await screen.getByLabel(/^Property .2/).inputValue()).toBe('humidity')
    await screen.getByLabel('In use').uncheck()
    await screen.getByRole('button', { name: 'Save' }).click()
    await screen.locator('[data-mapping="vendor"]', { hasText: 'switched off' }).waitFor()
    await screen.getByRole('button', { name: named('Change', 'vendor') }).click()
    await screen.getByRole('button', { name: 'Remove', exact: true }).click()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Keep it')
    expect(await seriousIn(page)).toEqual([])
    await screen.getByRole('button', { name: 'Remove it' }).click()
    await screen.getByText('No mapping yet.').waitFor()
    await close()
  })

  it('a device that nobody knows waits and is adopted with one click', async () => {
    const { page, screen, problems, close } = await open(/Devices/)
    await screen.getByRole('button', { name: named('Adopt', 'acme/s-1') }).waitFor()
    expect(await seriousIn(page)).toEqual([])
    await screen.getByRole('button', { name: named('Adopt', 'acme/s-1') }).click()
    await screen.locator('[data-device="acme/s-1"]').waitFor()
    expect(await seriousIn(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('a device is refused at the door, let in, found among all, and shut out again', async () => {
    const login = { username: 'lamp-7', password: 'no' }
    await expect(publish('t/lamp-7/d/lamp-7/power', '1', login)).rejects.toThrow()
    const { page, screen, close } = await open(/Devices/)
    await screen.getByRole('button', { name: 'At the door' }).click()
    await screen.getByText('nobody of this name is registered').first().waitFor()
    expect(await seriousIn(page)).toEqual([])
    await screen.getByRole('button', { name: named('Let in', 'lamp-7') }).click()
    const password = (await screen.locator('.secret').textContent()) ?? ''
    await publish('t/lamp-7/d/lamp-7/power', '1', { ...login, password })
    await screen.getByRole('button', { name: 'All devices' }).click()
    await screen.getByLabel('Find by device').fill('LAMP')
    const row = screen.locator('[data-device="lamp-7/lamp-7"]')
    await row.waitFor()
    expect(await screen.locator('[data-device]').count()).toBe(1)
    await screen.getByRole('button', { name: named('Shut out', 'lamp-7') }).click()
    await page.keyboard.type('stolen')
    expect(await seriousIn(page)).toEqual([])
    await page.keyboard.press('Enter')
    await screen.getByText(/lamp-7.? is shut out/).waitFor()
    await expect(publish('t/lamp-7/d/lamp-7/power', '2', { ...login, password })).rejects.toThrow()
    await close()
  })

  for (const tool of [/التعيينات/, /الأجهزة/])
    it(`${tool.source} speaks Arabic from right to left and fits a phone`, async () => {
      const { page, screen, problems, close } = await open(tool, { language: 'ar', width: 390, height: 844 })
      await screen.locator('.primary, .find').first().waitFor()
      await screen.getByRole('button', { name: /أضف|عند الباب/ }).click()
      await screen.locator('[data-field="name"], .door').first().waitFor()
      const { right } = (await screen.evaluate((d) => ({ right: d.scrollWidth - d.clientWidth }))) as { right: number }
      expect(right).toBeLessThanOrEqual(0)
      expect(await seriousIn(page)).toEqual([])
      expect(problems).toEqual([])
      await close()
    })
})

const done: Promise<void> = Promise.resolve()

/** Words with a name in them, which is isolated from them. */
const named = (words: string, name: string): RegExp => new RegExp(`${words} .?${name}`)

const faulty = (screen: Locator): Promise<string[]> =>
  screen.locator('[aria-invalid="true"][data-field]').evaluateAll((fields) => fields.map((f) => f.dataset.field))

const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.dataset.field')
