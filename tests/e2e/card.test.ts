import type { AssetPage, ReceiptsView, RejectedPage, SeriesVersions } from '@quartier/contracts/api'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import type { Fixture } from './desk-fixture.ts'
import { enter, isBuilt, type Look, open, screenShown, seriousIn, startDesk } from './desk-page.ts'

const MINUTE_MS = 60_000
const NOW = Date.now()

let browser: Browser
let fixture: Fixture

/** The desk with an asset or place selected. */
async function arrive(hash: string, look: Look = {}, prepare?: (page: Page) => Promise<void>) {
  const opened = await open(browser, fixture.url, { path: `/#${hash}`, ...look })
  await prepare?.(opened.page)
  await enter(opened.page)
  await screenShown(opened.page, 'map')
  return opened
}

const assetWith = (kind: string) => {
  const parents = new Set(fixture.model.assets.map(({ parentId }) => parentId))
  const found = fixture.model.assets.find(
    (asset) => asset.kind === kind && (kind !== 'gateway' || parents.has(asset.id)),
  )
  return found ?? fixture.model.assets[0]!
}

/** An asset whose series say something. */
const meter = () => {
  const { assetId, key } = fixture.model.series.find(
    ({ property, assetId: id }) => property === 'power' && id !== null,
  )!
  return { id: assetId!, key }
}

const receipts: Omit<ReceiptsView, 'totals'> = {
  ...{ from: NOW - 1440 * MINUTE_MS, to: NOW, removed: { face: 1204, plate: 31 } },
  cameras: [{ source: 'cams', camera: 'plaza-1', removed: { face: 1204, plate: 31 } }],
  receipts: [1, 2, 3].map((minutes) => ({
    ...{ source: 'cams', camera: 'plaza-1', minute: NOW - minutes * MINUTE_MS },
    removed: { face: 400 + minutes, plate: 10 },
  })),
}

describe.skipIf(!isBuilt)('the card (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    fixture = await startDesk()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  it('leads down to what hangs on an asset, and up again', async () => {
    const gateway = assetWith('gateway')
    const { page, problems, close } = await arrive(`asset=${gateway.id}`)
    const title = page.locator('#card h2')
    await title.filter({ hasText: gateway.name }).waitFor()
    const hangs = page.locator('#card .hangs')
    await hangs.getByText(/hangs? on it/).waitFor()
    const child = hangs.locator('.flat button').first()
    const name = (await child.textContent())!
    await child.click()
    await title.filter({ hasText: name }).waitFor()
    await page.locator('#card .hangs ol button', { hasText: gateway.name }).click()
    await title.filter({ hasText: gateway.name }).waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('leads to the place, which tells how much of it reports and what is in it', async () => {
    const { page, problems, close } = await arrive(`asset=${meter().id}`)
    await page.locator('#card .belongs .path button').nth(1).click()
    const card = page.locator('#card')
    await card.getByText(/series report/).waitFor()
    await card.locator('.cov').waitFor()
    expect(page.url()).toContain('place=')
    const within = card.locator('.flat button').first()
    const name = (await within.textContent())!
    await within.click()
    await card.locator('h2', { hasText: name }).waitFor()
    expect(await seriousIn(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('leads to the history of what it shows', async () => {
    const { page, close } = await arrive(`series=${meter().key}`)
    await page.locator('#card .trend-part').getByRole('link', { name: 'Explore' }).click()
    await screenShown(page, 'explore')
    expect(new URL(page.url()).searchParams.getAll('s')).toEqual([meter().key])
    await page.locator('.lane canvas').waitFor()
    await page.getByRole('button', { name: /^Show .* on the map$/ }).click()
    await screenShown(page, 'map')
    await page.locator('#card h2', { hasText: /\w/ }).waitFor()
    await close()
  })

  it('tells what was before, what happened, and what came last that could not be used', async () => {
    const { id, key } = meter()
    const asset = fixture.model.assets.find((one) => one.id === id)!
    const zone = fixture.model.places.find(({ kind }) => kind === 'zone')!
    const definition = fixture.model.series.find((one) => one.key === key)!
    const [source, device] = key.split('/') as [string, string]
    const { page, problems, close } = await arrive(`series=${key}`, {}, async (opened) => {
      await opened.route(`**/api/assets/${id}`, async (route) => {
        const answer = (await (await route.fetch()).json()) as AssetPage
        const versions: AssetPage['versions'] = [
          { sinceAt: 0, untilAt: NOW - 9 * MINUTE_MS, asset, zoneId: zone.id },
          { sinceAt: NOW - 9 * MINUTE_MS, untilAt: null, asset, zoneId: 'elsewhere' },
        ]
        await route.fulfill({ json: { ...answer, versions } satisfies AssetPage })
      })
      const version = { assetKind: null, placeId: null, zoneId: null }
      const versions: SeriesVersions = {
        versions: [
          { ...version, sinceAt: 0, untilAt: NOW - 5 * MINUTE_MS, definition: { ...definition, unit: 'W' } },
          { ...version, sinceAt: NOW - 5 * MINUTE_MS, untilAt: null, definition: { ...definition, sentUnit: 'W' } },
        ],
      }
      await opened.route('**/api/series/*/versions', (route) => route.fulfill({ json: versions }))
      const letters = [
        {
          ...{
            origin: 'gateway:g:1',
            source,
            principal: source,
            mqttTopic: `t/${source}/${device}/power`,
            stage: 'codec',
          },
          ...{ reason: 'json', detail: 'not JSON at 3', receivedAt: NOW, readings: 0, bytes: 9, sha256: '', offset: 4 },
          payload: Buffer.from('{"v": 12,').toString('base64'),
        },
      ]
      await opened.route('**/api/rejected?*', (route) =>
        route.fulfill({ json: { letters, next: null } as unknown as RejectedPage }),
      )
    })
    const card = page.locator('#card')
    await card.getByText(`until`).first().waitFor()
    const before = (await card.locator('.versions').textContent())!
    expect(before).toContain(zone.name)
    expect(before).toMatch(/Sent in .*W.*stored in .*kW/)
    expect(before).toMatch(/until .* in .*W/)
    await card.getByText('Last message that was refused').click()
    await card.locator('pre', { hasText: '{"v": 12,' }).waitFor()
    await card.getByText('Last events').waitFor()
    expect(await seriousIn(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  for (const look of [
    { language: 'ar', theme: 'light', width: 1366, height: 768 },
    { language: 'en', theme: 'dark', width: 390, height: 844 },
    { language: 'ar', theme: 'light', width: 390, height: 844 },
  ] as const satisfies readonly Look[]) {
    it(`shows the receipts of a camera minute by minute, in ${look.language}, ${look.theme}, ${look.width} px`, async () => {
      const { page, problems, close } = await arrive(`series=${meter().key}`, look, async (opened) => {
        await opened.route('**/api/receipts*', (route) => route.fulfill({ json: receipts }))
        await opened.route('**/api/assets/*', async (route) => {
          const answer = (await (await route.fetch()).json()) as AssetPage
          await route.fulfill({ json: { ...answer, asset: { ...answer.asset, kind: 'camera' } } })
        })
      })
      if (look.width < 760) await page.locator('.dock button').last().click()
      const removed = page.locator('#card .removed')
      await removed.locator('dd', { hasText: '1,204' }).waitFor()
      await removed.locator('summary').click()
      expect(await removed.locator('tbody tr').count()).toBe(6)
      expect(await page.locator('#card').evaluate((card) => card.scrollWidth - card.clientWidth)).toBe(0)
      expect(await seriousIn(page)).toEqual([])
      expect(problems).toEqual([])
      await close()
    })
  }
})
