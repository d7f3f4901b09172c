import type { Browser } from 'playwright-core'
import { enter, open, screenShown } from './desk-page.ts'

/** Colours and language of the frames on the gallery's page. */
export const FRAMES = ['light-en', 'dark-en', 'light-ar', 'dark-ar'] as const
export type Frame = (typeof FRAMES)[number]

/** Where the pictures lie that the gallery is compared with, and the version of the browser that drew them. */
export const BASELINE = new URL('gallery/', import.meta.url)

/** Every frame of the gallery as a PNG, with nothing moving and the pointer out of the way. */
export async function galleryPictures(browser: Browser, url: string): Promise<ReadonlyMap<Frame, Buffer>> {
  const options = { reducedMotion: 'reduce', deviceScaleFactor: 1, serviceWorkers: 'block' } as const
  const { page, close } = await open(browser, url, { path: '/gallery', width: 1366 }, options)
  await enter(page)
  await screenShown(page, 'gallery')
  // As high as the page is long: what a scroll bar hides is not in a picture.
  const height = await page.locator('.screen').evaluate((screen) => screen.scrollHeight)
  await page.setViewportSize({ width: 1366, height: height + 60 })
  await page.mouse.move(0, 0)
  await page.evaluate('document.fonts.ready')
  await page
    .locator('.gallery .loading[data-shown="true"]')
    .nth(FRAMES.length - 1)
    .waitFor()
  const pictures = new Map<Frame, Buffer>()
  for (const frame of FRAMES) {
    const part = page.locator(`[data-frame="${frame}"]`)
    pictures.set(frame, await part.screenshot({ animations: 'disabled', caret: 'hide' }))
  }
  await close()
  return pictures
}

/** The share of pixels that differ so that one could see it; 1 when the sizes differ. */
export async function difference(browser: Browser, one: Buffer, other: Buffer): Promise<number> {
  const page = await browser.newPage()
  const pictures = [one, other].map((picture) => `<img src="data:image/png;base64,${picture.toString('base64')}">`)
  await page.setContent(pictures.join(''))
  const share = await page.locator('body').evaluate(async (body) => {
    const pixelsOf = async (
      image: typeof body,
    ): Promise<{ width: number; height: number; data: Uint8ClampedArray }> => {
      await image.decode()
      const canvas = body.ownerDocument.createElement('canvas')
      canvas.width = image.naturalWidth
      canvas.height = image.naturalHeight
      const context = canvas.getContext('2d')
      context.drawImage(image, 0, 0)
      return context.getImageData(0, 0, canvas.width, canvas.height)
    }
    const [left, right] = [await pixelsOf(body.children[0]), await pixelsOf(body.children[1])]
    if (left.width !== right.width || left.height !== right.height) return 1
    let differing = 0
    for (let i = 0; i < left.data.length; i += 4)
      if ([0, 1, 2].some((c) => Math.abs(left.data[i + c]! - right.data[i + c]!) > 24)) differing++
    return differing / (left.data.length / 4)
  })
  await page.close()
  return share
}
