import { existsSync } from 'node:fs'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { BasemapView } from '@quartier/contracts/api'
import type { NextFunction, Request, Response } from 'express'

/** Where the page finds a PMTiles file. */
const PATH = '/basemap.pmtiles'

/** What lies beneath the district's own drawing. */
export interface Basemap {
  readonly view: BasemapView
  /** Of a PMTiles file. */
  readonly file?: string
  /** Of a style: where it and all that it names are fetched from. */
  readonly origin?: string
}

/** What the configuration means: the URL of a style, or a file. */
export function basemapOf(configured: string | null): Basemap | undefined {
  if (configured === null) return undefined
  if (!/^https?:\/\//.test(configured)) return { view: { kind: 'pmtiles', url: PATH }, file: configured }
  return { view: { kind: 'style', url: configured }, origin: new URL(configured).origin }
}

/** Serves the file, of which the page asks for the parts that it looks at. */
export function serveBasemap(app: NestExpressApplication, { file }: Basemap): void {
  if (file === undefined) return
  app.use(PATH, (request: Request, response: Response, next: NextFunction) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') next()
    else if (!existsSync(file)) response.status(404).end()
    else response.set('cache-control', 'no-cache').type('application/octet-stream').sendFile(file, { root: '/' })
  })
}
