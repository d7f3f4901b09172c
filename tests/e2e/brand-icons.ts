import { readFile, writeFile } from 'node:fs/promises'
import { launchBrowser } from './browser.ts'

// Draws the icons of the installed page from the brand mark: `node tests/e2e/brand-icons.ts`, after a change of brand.svg.
const PUBLIC = new URL('../../command-center/web/public/', import.meta.url)
const ICONS = [
  { name: 'icon-180', size: 180, margin: 0.14 },
  { name: 'icon-192', size: 192, margin: 0.1 },
  { name: 'icon-512', size: 512, margin: 0.1 },
  // A launcher may cut a circle out of it: the mark keeps to the middle.
  { name: 'icon-maskable-512', size: 512, margin: 0.24 },
]

const mark = await readFile(new URL('brand.svg', PUBLIC), 'utf8')
const paper = /<rect[^>]*fill="(#[0-9a-f]{6})"/.exec(mark)?.[1] ?? ''
const browser = await launchBrowser()
for (const { name, size, margin } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const inner = Math.round(size * (1 - 2 * margin))
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${paper}">
      <style>svg{width:${inner}px;height:${inner}px}</style>${mark}</body>`,
  )
  await writeFile(new URL(`${name}.png`, PUBLIC), await page.screenshot())
  await page.close()
}
await browser.close()
