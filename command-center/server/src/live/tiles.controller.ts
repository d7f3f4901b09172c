import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common'
import { tileQuerySchema } from '@quartier/contracts/api'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import { unknown } from '../http/problem.ts'
import { TILES } from '../tokens.ts'
import type { TileBook } from './tile-book.ts'

const pack = promisify(gzip)
const ZIPPED_FROM_BYTES = 1400

@Controller('api/live/tiles')
export class TilesController {
  constructor(@Inject(TILES) private readonly book: TileBook) {}

  @Get(':id')
  async get(
    @Who() { scope }: Person,
    @Param('id') id: string,
    @Query({ schema: tileQuerySchema }) query: z.output<typeof tileQuerySchema>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const tile = this.book.find(id, scope)
    if (!tile) throw unknown('tile', id)
    const { revision } = this.book.rowsOf(tile)
    const etag = `"${revision.toString(36)}"`
    // What is asked for by its revision never becomes something else.
    const kept = query.revision === revision ? 'private, max-age=31536000, immutable' : 'private, no-cache'
    response.set({ etag, 'cache-control': kept, vary: 'accept-encoding, cookie' })
    response.type('application/json')
    if (request.headers['if-none-match'] === etag) {
      response.status(304).end()
      return
    }
    const plain = Buffer.from(JSON.stringify(this.book.index(tile)))
    if (plain.length < ZIPPED_FROM_BYTES || !request.acceptsEncodings('gzip')) response.end(plain)
    else response.set('content-encoding', 'gzip').end(await pack(plain, { level: 1 }))
  }
}
