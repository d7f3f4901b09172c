import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { CONTENT_POLICY } from '../../command-center/server/src/http/security-headers.ts'
import { createDistrict } from '../../simulators/src/district/create-district.ts'
import { CREDENTIALS, type Fixture, startFixture } from './desk-fixture.ts'

/** The built web client. */
export const DIST =
  process.env.COMMAND_CENTER_WEB_DIR ?? fileURLToPath(new URL('../../command-center/web/dist', import.meta.url))
export const isBuilt = existsSync(join(DIST, 'index.html'))

/** The fixture with a small district, under the policy that the real server sends. */
export const startDesk = (): Promise<Fixture> =>
  startFixture({ model: createDistrict({ seed: 7, sensors: 1500 }), dist: DIST, policy: CONTENT_POLICY })

export interface Look {
  readonly theme?: 'light' | 'dark'
  readonly language?: 'en' | 'ar'
  readonly width?: number
  readonly height?: number
  /** Where to begin; the map when it is not said. */
  readonly path?: string
}

export interface Opened {
  readonly page: Page
  /** What went wrong in it: errors of the page, and what its policy forbade. */
  readonly problems: string[]
  close(): Promise<void>
}

/** A page of its own at the door; what goes wrong in it is collected. */
export async function open(
  browser: Browser,
  url: string,
  { theme = 'light', language = 'en', width = 1366, height = 768, path = '/' }: Look = {},
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height }, ...options })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} ${message.location().url}`)
  })
  await page.addInitScript(
    (kept) => localStorage.setItem('quartier.preferences', kept),
    JSON.stringify({ theme, language, toured: true }),
  )
  await page.goto(url + path)
  await page.locator('#user').waitFor()
  return { page, problems, close: () => context.close() }
}

/** Signs in without waiting for a screen. */
export async function enter(page: Page, name = CREDENTIALS.name): Promise<void> {
  await page.fill('#user', name)
  await page.fill('#password', CREDENTIALS.password)
  await page.locator('form .primary').click()
}

/** What axe finds serious or critical. */
export async function seriousIn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`))
}

/** Waits until the code of a screen is there and what it asks for has come. */
export async function screenShown(page: Page, name: string): Promise<void> {
  await page.locator(`.shell[data-screen="${name}"] #stage h1`).waitFor({ state: 'attached' })
  await page.locator('.stage [aria-busy="true"]:not(.sample *)').first().waitFor({ state: 'detached' })
}
