import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import type { Fixture } from './desk-fixture.ts'
import { isBuilt, startDesk } from './desk-page.ts'
import { BASELINE, difference, FRAMES, type Frame, galleryPictures } from './gallery-pictures.ts'

/** Share of pixels that may differ: edges of letters fall a little differently from run to run. */
const TOLERANCE = 0.002

let browser: Browser
let fixture: Fixture
let drawn: ReadonlyMap<Frame, Buffer>

describe.skipIf(!isBuilt)('the gallery (skipped while command-center/web is not built)', () => {
  beforeAll(async () => {
    fixture = await startDesk()
    browser = await launchBrowser()
    drawn = await galleryPictures(browser, fixture.url)
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  it('is compared by something that tells pictures apart', async () => {
    expect(await difference(browser, drawn.get('light-en')!, drawn.get('light-en')!)).toBe(0)
    expect(await difference(browser, drawn.get('light-en')!, drawn.get('dark-en')!)).toBeGreaterThan(0.9)
  })

  for (const frame of FRAMES)
    it(`looks as it was agreed on in ${frame} (renewed by tests/e2e/renew-gallery.ts)`, async ({ skip }) => {
      const version = new URL('browser.txt', BASELINE)
      const agreed = existsSync(version) ? readFileSync(version, 'utf8').trim() : ''
      if (agreed !== browser.version()) skip(`the pictures are of Chromium ${agreed}, and this is ${browser.version()}`)
      const share = await difference(browser, readFileSync(new URL(`${frame}.png`, BASELINE)), drawn.get(frame)!)
      if (share > TOLERANCE) {
        const kept = join(await mkdtemp(join(tmpdir(), 'quartier-gallery-')), `${frame}.png`)
        await writeFile(kept, drawn.get(frame)!)
        expect.fail(`${(share * 100).toFixed(2)} % of the pixels of ${frame} differ; see ${kept}`)
      }
    })
})
