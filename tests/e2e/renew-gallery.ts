import { mkdir, writeFile } from 'node:fs/promises'
import { launchBrowser } from './browser.ts'
import { startDesk } from './desk-page.ts'
import { BASELINE, galleryPictures } from './gallery-pictures.ts'

// Draws the pictures anew that the gallery is compared with: `node tests/e2e/renew-gallery.ts`, once somebody has looked at
// what changed. The web client has to be built.
const fixture = await startDesk()
const browser = await launchBrowser()
await mkdir(BASELINE, { recursive: true })
for (const [frame, picture] of await galleryPictures(browser, fixture.url))
  await writeFile(new URL(`${frame}.png`, BASELINE), picture)
await writeFile(new URL('browser.txt', BASELINE), `${browser.version()}\n`)
await browser.close()
await fixture.stop()
