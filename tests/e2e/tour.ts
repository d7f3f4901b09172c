import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { CREDENTIALS } from './desk-fixture.ts'
import { type Look, open, screenShown, startDesk } from './desk-page.ts'
import { up } from './quartier.ts'

// Takes the pictures of docs/tour.md: `node tests/e2e/tour.ts`, with the names of some of them
// to take only these. The web client and the server have to be built.
const IMAGES = fileURLToPath(new URL('../../docs/images/tour/', import.meta.url))
const DESK = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const WALL = { width: 3840, height: 2160 }

interface Shot extends Look {
  readonly name: string
  readonly screen: string
  /** The door: nobody signs in. */
  readonly outside?: true
  /** What somebody does before the picture is taken. */
  act?(page: Page): Promise<unknown>
}

const chooseFirst = async (page: Page) => {
  await page.locator('.row').first().click()
  await page.locator('.card canvas').first().waitFor()
}

const SHOTS: readonly Shot[] = [
  { name: 'login', screen: 'login', ...DESK, outside: true },
  { name: 'map', screen: 'map', ...DESK, act: chooseFirst },
  { name: 'map-dark', screen: 'map', ...DESK, theme: 'dark', act: chooseFirst },
  { name: 'map-arabic', screen: 'map', ...DESK, language: 'ar', act: chooseFirst },
  { name: 'map-phone', screen: 'map', ...PHONE },
  {
    name: 'list-phone',
    screen: 'map',
    ...PHONE,
    theme: 'dark',
    act: (page) => page.locator('.dock button').first().click(),
  },
  { name: 'wall', screen: 'map', ...WALL, theme: 'dark', path: '/?wall' },
  {
    name: 'table',
    screen: 'map',
    ...DESK,
    act: async (page) => {
      await page.keyboard.press('t')
      await page.locator('.table-twin tbody tr').first().waitFor()
    },
  },
  { name: 'explore', screen: 'explore', ...DESK, path: '/explore', act: exploreFirst },
  { name: 'health', screen: 'health', ...DESK, path: '/health' },
  { name: 'health-dark', screen: 'health', ...DESK, path: '/health', theme: 'dark' },
  { name: 'registry', screen: 'registry', ...DESK, path: '/registry' },
  { name: 'registry-arabic', screen: 'registry', ...DESK, path: '/registry', language: 'ar' },
  { name: 'devices', screen: 'devices', ...DESK, path: '/devices/all' },
  { name: 'mappings', screen: 'mappings', ...DESK, path: '/mappings/new' },
  { name: 'privacy', screen: 'privacy', ...DESK, path: '/privacy' },
  { name: 'people', screen: 'people', ...DESK, path: '/people' },
  { name: 'settings', screen: 'settings', ...DESK, path: '/settings', theme: 'dark', language: 'ar' },
  { name: 'gallery', screen: 'gallery', ...DESK, path: '/gallery' },
]

/** Searches for the first series that is offered, and shows it. */
async function exploreFirst(page: Page): Promise<void> {
  const field = page.locator('main input').first()
  await field.fill('temperature')
  await page.locator('main [role="option"]').first().waitFor()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await field.blur()
  await page.locator('main canvas').first().waitFor()
}

const only = process.argv.slice(2)
const wanted = SHOTS.filter(({ name }) => only.length === 0 || only.includes(name))
const browser = await launchBrowser()
mkdirSync(IMAGES, { recursive: true })

async function take(url: string, password: string, shots: readonly Shot[]): Promise<void> {
  for (const { name, screen, outside, act, ...look } of shots) {
    const { page, close } = await open(browser, url, look, { reducedMotion: 'reduce', serviceWorkers: 'block' })
    page.setDefaultTimeout(90_000)
    if (!outside) {
      await page.fill('#user', 'admin')
      await page.fill('#password', password)
      await page.locator('form .primary').click()
      await screenShown(page, screen)
    }
    await act?.(page)
    await page.mouse.move(720, 2)
    // Labels, fonts and the first values; a picture for people, so nothing hangs on the exact instant.
    await page.waitForTimeout(8_000)
    await page.screenshot({ path: join(IMAGES, `${name}.jpg`), type: 'jpeg', quality: 82, animations: 'disabled' })
    process.stdout.write(`${name}\n`)
    await close()
  }
}

// A district in which something is always wrong, with a day behind it, for what is live; the platform itself for the rest.
const isLive = ({ screen }: Shot) => screen === 'map' || screen === 'explore'
const data = mkdtempSync(join(tmpdir(), 'quartier-tour-'))
try {
  const fixture = await startDesk()
  await take(fixture.url, CREDENTIALS.password, wanted.filter(isLive))
  await fixture.stop()
  const rest = wanted.filter((shot) => !isLive(shot))
  if (rest.length > 0) {
    const platform = await up(data, '--sensors', '6000')
    await take(platform.url, platform.password ?? '', rest)
    await platform.interrupt()
  }
} finally {
  await browser.close()
  rmSync(data, { recursive: true, force: true })
}
