import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { NextFunction, Request, Response } from 'express'

const NOT_BUILT = `The web client is not built yet. Run "npm run quartier -- up", or build command-center/web; the interface under /api works.\n`
const OURS = /^\/(api|socket\.io|openapi\.json|metrics|healthz|readyz)(\/|$)/

/** Serves the built web client: hashed assets for a year, everything else fresh, pages of the app as index.html. */
export function serveWebClient(app: NestExpressApplication, dir: string): void {
  const index = join(dir, 'index.html')
  app.useStaticAssets(dir, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => {
      const hashed = path.startsWith(join(dir, 'assets'))
      response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.use((request: Request, response: Response, next: NextFunction) => {
    const page =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !OURS.test(request.path) &&
      !/\.[a-z0-9]+$/i.test(request.path)
    if (!page) next()
    else if (existsSync(index)) response.set('cache-control', 'no-cache').sendFile('index.html', { root: dir })
    else response.status(503).type('text/plain').send(NOT_BUILT)
  })
}
