import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common'
import { districtQuerySchema } from '@quartier/contracts/api'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import { DISTRICT } from '../tokens.ts'
import type { DistrictSource } from './district-source.ts'
import { toGeoJson } from './geojson.ts'

interface Rendered {
  readonly revision: number
  readonly etag: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

const pack = promisify(gzip)
const RENDERED_MOST = 20

@Controller('api/district')
export class DistrictController {
  /** By zone scope and query: a district of many assets is megabytes, and everybody asks for the same ones. */
  readonly #rendered = new Map<string, Rendered>()

  constructor(@Inject(DISTRICT) private readonly source: DistrictSource) {}

  @Get()
  async get(
    @Who() person: Person,
    @Query({ schema: districtQuerySchema }) query: z.output<typeof districtQuerySchema>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.source.refresh()
    const found = await this.#render(person, query.assets === 'all')
    response.set({ etag: found.etag, 'cache-control': 'private, no-cache', vary: 'accept-encoding, cookie' })
    response.type('application/geo+json')
    if (request.headers['if-none-match'] === found.etag) response.status(304).end()
    else if (request.acceptsEncodings('gzip')) response.set('content-encoding', 'gzip').end(found.zipped)
    else response.end(found.plain)
  }

  async #render(person: Person, withAssets: boolean): Promise<Rendered> {
    const { revision } = this.source
    const id = JSON.stringify([withAssets, [...person.user.zones].sort()])
    const known = this.#rendered.get(id)
    if (known?.revision === revision) return known
    const plain = Buffer.from(JSON.stringify(toGeoJson(this.source.now, person.scope, withAssets)))
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    const rendered = { revision, etag, plain, zipped: await pack(plain, { level: 4 }) }
    this.#rendered.set(id, rendered)
    if (this.#rendered.size > RENDERED_MOST) this.#rendered.delete(this.#rendered.keys().next().value as string)
    return rendered
  }
}
