import type { ChangeOptions, ImportReport } from '@quartier/contracts/records'
import { importFeatures, importSeries } from '@quartier/contracts/records/announce'
import { linesOf } from '@quartier/contracts/records/csv'
import type { Request } from 'express'
import { Problem } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'

/** A GeoJSON text is read as a whole. */
const GEOJSON_MOST = 256 * 1024 * 1024

/** Takes the file of a request into the registry and announces it. @throws Problem 413, 415 */
export async function importInto(
  { log, records }: Pick<ServerDeps, 'log' | 'records'>,
  request: Request,
  options: ChangeOptions,
): Promise<ImportReport> {
  if (request.is('text/csv')) return importSeries(log, records, linesOf(request), undefined, options)
  if (request.is('application/geo+json')) return importFeatures(log, records, await textOf(request), undefined, options)
  throw new Problem(415, 'INPUT_INVALID', 'Send the file as text/csv or application/geo+json.', {
    where: 'content-type',
  })
}

async function textOf(request: Request): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > GEOJSON_MOST)
      throw new Problem(413, 'INPUT_INVALID', `More than ${GEOJSON_MOST} bytes: import it in parts.`, { where: 'body' })
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
