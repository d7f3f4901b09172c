import type { NestExpressApplication } from '@nestjs/platform-express'

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> }
}

/** Every route that is registered with Express, such as "GET /api/series/:key": what a request can really reach. */
export function registeredRoutes(app: NestExpressApplication): string[] {
  const { stack } = (app.getHttpAdapter().getInstance() as { router: { stack: readonly Layer[] } }).router
  return stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
  )
}
