import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sparticuz, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** Where Chrome or Chromium stands on ordinary machines. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
/** WebGL in software, so that the map draws on machines without a graphics card. */
const SOFTWARE_WEBGL = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
]

/** A browser with WebGL: an installed Chrome or Chromium, or else the one that came with the npm packages. */
export async function launchBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => existsSync(path))
  const executablePath = installed ?? (await bundledBrowser())
  return chromium.launch({
    executablePath,
    headless: true,
    args: [...SOFTWARE_WEBGL, '--no-sandbox', '--font-render-hinting=none', '--hide-scrollbars'],
  })
}

/** Unpacks the bundled Chromium, and the libraries that it needs beyond the C library, into the temporary folder. */
async function bundledBrowser(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  await inflate(join(dirname(entry), '..', 'bin', 'al2023.tar.br'))
  const libraries = join(tmpdir(), 'al2023', 'lib')
  const before = process.env.LD_LIBRARY_PATH
  if (!before?.includes(libraries)) process.env.LD_LIBRARY_PATH = before ? `${libraries}:${before}` : libraries
  process.env.FONTCONFIG_PATH ??= join(tmpdir(), 'fonts')
  return sparticuz.executablePath()
}
