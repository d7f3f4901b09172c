import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import mqtt from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { launchBrowser } from './browser.ts'
import { isBuilt, type Look, type Opened, open as openPage, seriousIn } from './desk-page.ts'
import { quartier, type Up, up } from './quartier.ts'

/** The whole platform, and an administrator before a browser: what runs a district is mended without a terminal. */

const SENT_AT = Math.floor(Date.now() / 1000) - 3600
const KEY = 'acme/s-1/temp'
const MAPPING = {
  name: 'vendor',
  filter: 'vendor/{source}/up',
  source: null,
  enabled: true,
  options: { device: '/dev/wrong', time: '/at', timeUnit: 's', values: { temp: '/data/t' } },
}
const CSV = [
  'key,unit,asset,asset_kind,asset_name,asset_name_ar,place,place_kind,place_name,longitude,latitude',
  'plant/pump-1/flow,m3/h,pump-1,pump,Harbour pump,مضخة المرفأ,q-1,zone,Harbour,51.53,25.29',
  'no key at all,m3/h,,,,,,,,,',
  'plant/pump-1/power,kW,pump-1,,,,,,,,',
].join('\n')

let data: string
let platform: Up
let browser: Browser

async function signedIn(path: string, look: Look = {}): Promise<Opened> {
  const opened = await openPage(browser, platform.url, { ...look, path })
  await opened.page.fill('#user', 'admin')
  await opened.page.fill('#password', platform.password ?? '')
  await opened.page.locator('form .primary').click()
  await opened.page.locator('main.screen h1').waitFor({ state: 'attached' })
  return opened
}

/** A command of the interface, as the page would send it. */
const command = (page: Page, method: string, path: string, body: object) =>
  page.evaluate(
    async ([method, path, body]) => {
      const { csrfToken } = (await (await fetch('/api/session')).json()) as { csrfToken: string }
      const headers = {
        'content-type': 'application/json',
        'x-csrf-token': csrfToken,
        'idempotency-key': crypto.randomUUID(),
      }
      const answer = await fetch(path as string, { method: method as string, headers, body: JSON.stringify(body) })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    [method, path, body] as const,
  )

async function send(secret: string, topic: string, messages: readonly string[]): Promise<void> {
  const client = await mqtt.connectAsync(platform.mqttUrl, { username: 'acme', password: secret })
  for (const message of messages) await client.publishAsync(topic, message, { qos: 1 })
  await client.endAsync()
}

const stored = (): { value: number; measuredAt: string }[] => {
  const { stdout } = quartier('query', KEY, '--data', data, '--from', '-1d', '--json')
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

/** Presses Tab until what has the focus matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    if ((await page.locator(selector).and(page.locator(':focus')).count()) > 0) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never reached ${selector}`)
}

describe.skipIf(!isBuilt)('running the platform from a browser', () => {
  let secret = ''

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'quartier-operations-'))
    platform = await up(data, '--no-demo')
    browser = await launchBrowser()
    const added = quartier('device', 'add', 'acme', '--kind', 'gateway', '--publish', 'vendor/#', '--data', data)
    secret = /shown this once: (\S+)/.exec(added.stdout)?.[1] ?? ''
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.interrupt()
    rmSync(data, { recursive: true, force: true })
  })

  it('shows a dead letter, and once its mapping is mended takes it in again, stored exactly once, by keyboard alone', async () => {
    const { page, problems, close } = await signedIn('/health/letters')
    expect((await command(page, 'POST', '/api/mappings', MAPPING)).status).toBe(200)
    const message = JSON.stringify({ dev: { id: 's-1' }, at: SENT_AT, data: { t: 21.5 } })
    const letter = page.locator('tr[data-letter]').first()
    await vi.waitFor(
      async () => {
        // Gateways follow the mappings; until then the topic is nobody's.
        await send(secret, 'vendor/acme/up', [message])
        await letter.waitFor({ timeout: 6_000 })
      },
      { timeout: 60_000 },
    )
    await tabTo(page, 'tr[data-letter] button')
    await page.keyboard.press('Enter')
    expect(await page.locator('.payload').textContent()).toContain('"id": "s-1"')
    await page.getByRole('button', { name: 'Try a mapping on it' }).click()
    await page
      .locator('main.mappings')
      .getByRole('button', { name: /vendor/ })
      .first()
      .click()
    const tried = page.locator('form.trial input').first()
    await expect.poll(() => tried.inputValue(), { timeout: 20_000 }).toBe('vendor/acme/up')
    expect(await page.locator('form.trial textarea').inputValue()).toContain('"s-1"')
    await page.goto(`${platform.url}/health/letters`)
    await letter.waitFor()
    expect(stored()).toEqual([])

    const mended = { ...MAPPING, options: { ...MAPPING.options, device: '/dev/id' } }
    expect((await command(page, 'POST', '/api/mappings', mended)).status).toBe(200)
    const takeIn = async () => {
      await page.locator('main.screen h1').focus()
      await tabTo(page, '.letters thead input')
      await page.keyboard.press('Space')
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Enter')
      await page.locator('.said').waitFor()
    }
    await vi.waitFor(
      async () => {
        await takeIn()
        expect(await page.locator('.said').textContent()).toMatch(/taken in with/)
        expect(await letter.locator('.state').textContent()).toMatch(/taken in at/)
      },
      { timeout: 60_000 },
    )
    await vi.waitFor(() => expect(stored()).toHaveLength(1), { timeout: 30_000 })
    const [reading] = stored()
    expect(reading).toMatchObject({ value: 21.5, measuredAt: new Date(SENT_AT * 1000).toISOString() })

    const offset = Number(await letter.getAttribute('data-letter'))
    const again = await command(page, 'POST', '/api/rejected/redrive', { offsets: [offset] })
    expect(again.body).toMatchObject({ results: [{ outcome: 'appended', readings: 1 }] })
    const other = JSON.stringify({ dev: { id: 's-2' }, at: SENT_AT, data: { t: 1 } })
    await send(secret, 'vendor/acme/up', [other])
    await vi.waitFor(
      () => expect(quartier('query', 'acme/s-2/temp', '--data', data, '--from', '-1d').stdout).toContain('acme/s-2'),
      { timeout: 30_000 },
    )
    expect(stored()).toHaveLength(1)
    expect(quartier('letters', 'list', '--data', data).stdout).toMatch(/acme +vendor\/acme\/up .* taken in, 1 reading/)
    const fromTerminal = quartier('letters', 'redrive', String(offset), '--data', data)
    expect([fromTerminal.code, fromTerminal.stdout]).toEqual([0, expect.stringContaining('1 letter taken in again')])
    expect(stored()).toHaveLength(1)
    expect(problems).toEqual([])
    await close()
  })

  it('shows what an import would do, refuses the bad row and takes the others, and hands out the refusals', async () => {
    const { page, problems, close } = await signedIn('/registry/import')
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'plant.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) })
    await page.getByText(/line would be refused/).waitFor()
    const counts = (await page.locator('.counts tbody tr').allTextContents()).map((row) => row.replace(/\s+/g, ' '))
    expect(counts).toEqual(['Places10', 'Assets10', 'Series20'])
    expect(await page.locator('.refusals tbody tr').allTextContents()).toEqual([
      expect.stringContaining('source/device'),
    ])
    const [handed] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the refusals' }).click(),
    ])
    expect(handed.suggestedFilename()).toBe('plant-refused.csv')
    expect(await readFile(await handed.path(), 'utf8')).toMatch(/line,reason\r\n3,"key: /)
    const file = join(data, 'plant.csv')
    writeFileSync(file, CSV)
    const previewed = quartier('import', file, '--preview', '--data', data)
    expect([previewed.code, previewed.stdout]).toEqual([
      4,
      expect.stringContaining('add    1 place, 1 asset, 2 series'),
    ])
    expect(previewed.stderr).toMatch(/line 3: key: /)
    expect(quartier('query', 'plant/pump-1/flow', '--data', data).stdout).not.toContain('m3/h')

    await page.getByRole('button', { name: 'Import', exact: true }).last().click()
    await page.getByText(/lines of .plant\.csv. imported/).waitFor()
    await page.goto(`${platform.url}/registry`)
    await page.getByRole('searchbox').last().fill('harbour pump')
    await page.getByRole('button', { name: 'Harbour pump' }).click()
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Criticality').fill('9')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('A whole number from 1 to 5.').waitFor()
    await page.getByLabel('Criticality').fill('5')
    await page.getByLabel('Name', { exact: true }).fill('Harbour pump one')
    await page.keyboard.press('Enter')
    await page.getByText(/Harbour pump one. is saved/).waitFor()
    expect(await page.locator('.versions li').count()).toBe(2)
    await page.getByRole('button', { name: /^Edit .plant\/pump-1\/flow/ }).click()
    await page.getByLabel('Highest valid value').fill('400')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/flow. is saved/).waitFor()
    await expect.poll(() => page.locator('[data-column="range"]').first().textContent()).toContain('400')
    expect(problems).toEqual([])
    await close()
  })

  it('adopts a device that waits with one click', async () => {
    const records = await openSqliteRecords({ path: join(data, 'records.db') })
    await records.registry.putSeries(
      ['t', 'rh'].map((property) => ({
        ...{ key: `wild/hall/${property}`, id: seriesIdText(seriesIdOf(`wild/hall/${property}`)), property },
        ...{ unit: '', assetId: null, intervalMs: 0, source: 'wild', validMin: null, validMax: null },
        ...{ status: 'quarantined' as const, personal: false, historical: false },
      })),
    )
    const { page, close } = await signedIn('/registry/waiting')
    await page.getByRole('button', { name: /^Adopt .wild\/hall/ }).click()
    await page.getByText(/wild\/hall. is adopted/).waitFor()
    await page.getByText('No device waits.').waitFor()
    expect((await records.registry.seriesByKey('wild/hall/t'))?.status).toBe('active')
    await records.close()
    await close()
  })

  const SCREENS = ['/health', '/health/letters', '/health/silent', '/registry', '/registry/import', '/privacy']
  const LOOKS: readonly (readonly [string, Look])[] = [
    ['in light', {}],
    ['in the dark', { theme: 'dark' }],
    ['in Arabic', { language: 'ar' }],
    ['on a phone', { width: 390, height: 844 }],
  ]
  it.each(LOOKS)('has nothing that axe finds serious %s, and nothing beyond the edge', async (_, look) => {
    const { page, problems, close } = await signedIn('/health', look)
    for (const path of SCREENS) {
      await page.goto(platform.url + path)
      await page.locator('main.screen h1').waitFor()
      await page.locator('main.screen [aria-busy="true"]').first().waitFor({ state: 'detached' })
      expect([path, await seriousIn(page)]).toEqual([path, []])
      const beyond = await page.locator('main.screen').evaluate((screen) => screen.scrollWidth - screen.clientWidth)
      expect([path, beyond]).toEqual([path, 0])
      expect(await page.locator('html').getAttribute('dir')).toBe(look.language === 'ar' ? 'rtl' : 'ltr')
    }
    expect(problems).toEqual([])
    await close()
  })

  it('keeps what was refused from those who only plan, and all of it from those who only look', async () => {
    const { page, close } = await signedIn('/health')
    const password = 'a very long password'
    for (const [name, role] of [
      ['paul', 'planner'],
      ['vera', 'viewer'],
    ])
      await command(page, 'POST', '/api/people', { name, displayName: name, role, password })
    await close()
    const enter = async (name: string, path: string) => {
      const opened = await openPage(browser, platform.url, { path })
      await opened.page.fill('#user', name)
      await opened.page.fill('#password', password)
      await opened.page.locator('form .primary').click()
      return opened
    }
    const paul = await enter('paul', '/health')
    await paul.page.getByText('Arriving now').waitFor()
    expect(await paul.page.getByRole('button', { name: 'Dead letters' }).count()).toBe(0)
    await paul.close()
    const vera = await enter('vera', '/registry')
    await vera.page.locator('main.screen h1').waitFor()
    expect(await vera.page.getByRole('link', { name: 'Platform health' }).count()).toBe(0)
    expect(await vera.page.getByRole('button', { name: 'Import' }).count()).toBe(0)
    await vera.close()
  })
})
