import { createDistrict } from '/work/main/simulators/src/district/create-district.ts'
import { launchBrowser } from '/work/main/tests/e2e/browser.ts'
import { CREDENTIALS, startFixture } from '/work/main/tests/e2e/desk-fixture.ts'
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const fixture = await startFixture({ model: createDistrict({ seed: 7, sensors: Number(process.env.SENSORS ?? 4000) }), dist: '/work/main/command-center/web/dist', policy })
const browser = await launchBrowser()
const want = process.argv.slice(2)
const sizes: Record<string, [number, number]> = { full: [1920, 1080], laptop: [1366, 768], phone: [390, 844], wall: [2560, 1440] }
for (const name of want) {
  const [size, theme, lang, ...steps] = name.split('-')
  const [width, height] = sizes[size!]!
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1 })
  const page = await context.newPage()
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') console.log(name, m.type(), m.text().slice(0, 300)) })
  page.on('pageerror', (e) => console.log(name, 'pageerror', e.stack?.slice(0, 600)))
  await page.addInitScript(([t, l]) => localStorage.setItem('quartier.preferences', JSON.stringify({ theme: t, language: l })), [theme, lang])
  await page.goto(fixture.url)
  await page.locator('#user').waitFor()
  if (steps.includes('login')) { await page.waitForTimeout(1200); await page.screenshot({ path: `/tmp/shots/${name}.png` }); await context.close(); continue }
  await page.fill('#user', CREDENTIALS.name); await page.fill('#password', CREDENTIALS.password)
  await page.locator('form .primary').click()
  await page.locator('.row').first().waitFor({ state: 'attached' })
  await page.locator('.maplibregl-canvas').waitFor({ state: 'attached' })
  if (steps.includes('select')) { await page.locator('.row').nth(1).evaluate((r: any) => r.click()) ; await page.waitForTimeout(1500) }
  if (steps.includes('map')) { await page.locator('.dock button').nth(1).click() }
  if (steps.includes('list')) { await page.locator('.dock button').nth(0).click() }
  if (steps.includes('zoom')) { for (let i = 0; i < 2; i++) { await page.locator('.zoom button').nth(1).click(); await page.waitForTimeout(1500) } }
  if (steps.includes('table')) await page.keyboard.press('t')
  if (steps.includes('search')) { await page.fill('#search', 'room 2'); }
  if (steps.includes('freeze')) { fixture.freeze(true); await page.locator('.connection').waitFor() }
  await page.waitForTimeout(Number(process.env.WAIT ?? 4000))
  await page.screenshot({ path: `/tmp/shots/${name}.png` })
  fixture.freeze(false)
  await context.close()
}
await browser.close(); await fixture.stop(); process.exit(0)
