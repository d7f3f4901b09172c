import { type ImportPreviewView, PREVIEW_LINES } from '@quartier/contracts/api'
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
  throw wrongType()
}

/** What importing the file of a request would do. Of a long CSV only the beginning is looked at. @throws Problem 413, 415 */
export async function previewOf(
  { records }: Pick<ServerDeps, 'records'>,
  request: Request,
  options: ChangeOptions,
): Promise<ImportPreviewView> {
  const { registry } = records
  const tell = ({ refused, changes, ...rest }: Awaited<ReturnType<typeof registry.previewImport>>) => ({
    ...rest,
    refused: [...refused],
    changes: changes.map((change) => ({ ...change, fields: [...change.fields] })),
  })
  if (request.is('text/csv')) {
    // Read before anything is tried: the registry belongs to the preview alone while it runs.
    const { lines, isWhole } = await firstLines(request)
    const csv = (async function* () {
      yield* lines
    })()
    const preview = await registry.previewImport({ csv }, options)
    return { ...tell(preview), examined: lines.length, complete: isWhole }
  }
  if (request.is('application/geo+json')) {
    const preview = await registry.previewImport({ geoJson: await textOf(request, PREVIEW_GEOJSON_MOST) }, options)
    const { accepted, refused, refusedMore } = preview
    return { ...tell(preview), examined: accepted + refused.length + refusedMore, complete: true }
  }
  throw wrongType()
}

const PREVIEW_GEOJSON_MOST = 32 * 1024 * 1024
const PREVIEW_CSV_MOST = 64 * 1024 * 1024

async function firstLines(request: Request): Promise<{ lines: string[]; isWhole: boolean }> {
  const lines: string[] = []
  let characters = 0
  let isWhole = true
  for await (const line of linesOf(request)) {
    // What follows is read all the same, or the client could not read our answer.
    if (lines.length >= PREVIEW_LINES || characters > PREVIEW_CSV_MOST) isWhole = false
    else lines.push(line)
    characters += line.length
  }
  return { lines, isWhole }
}

const wrongType = () =>
  new Problem(415, 'INPUT_INVALID', 'Send the file as text/csv or application/geo+json.', { where: 'content-type' })

async function textOf(request: Request, most = GEOJSON_MOST): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > most)
      throw new Problem(413, 'INPUT_INVALID', `More than ${most} bytes: import it in parts.`, { where: 'body' })
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
