import { setTimeout as wait } from 'node:timers/promises'

export interface InfluxBucket {
  readonly url: string
  readonly org: string
  readonly token: string
  readonly bucket: string
}

export interface Held {
  readonly count: number
  readonly checksum: number
}

const POLL_MS = 500
const QUIET_MS = 30_000

/** What InfluxDB itself says that it holds of one field: independent of the adapter that wrote it. */
export async function heldIn(bucket: InfluxBucket, field: string, source?: string): Promise<Held> {
  return { count: await ask(bucket, field, source, 'count'), checksum: await ask(bucket, field, source, 'sum') }
}

/** Resolves to how many values InfluxDB holds: as soon as they are `count`, or when no more have come for a while. */
export async function arrivedIn(bucket: InfluxBucket, field: string, count: number): Promise<number> {
  let held = 0
  for (let until = Date.now() + QUIET_MS; Date.now() < until; await wait(POLL_MS)) {
    const now = await ask(bucket, field, undefined, 'count')
    if (now >= count) return now
    if (now > held) until = Date.now() + QUIET_MS
    held = now
  }
  return held
}

async function ask(
  { url, org, token, bucket }: InfluxBucket,
  field: string,
  source: string | undefined,
  how: 'count' | 'sum',
): Promise<number> {
  const ofSource = source === undefined ? '' : ` and r.source == ${JSON.stringify(source)}`
  const flux = `from(bucket: ${JSON.stringify(bucket)}) |> range(start: 0, stop: 2100-01-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "readings" and r._field == ${JSON.stringify(field)}${ofSource})
    |> ${how}() |> group() |> sum()`
  const answer = await fetch(`${url}/api/v2/query?org=${org}`, {
    method: 'POST',
    headers: { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux', accept: 'application/csv' },
    body: flux,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`ask InfluxDB for the ${how} of ${field}: ${answer.status} ${text.slice(0, 300)}`)
  const [names, values] = text.trim().split(/\r?\n/)
  return names && values ? Number(values.split(',')[names.split(',').indexOf('_value')]) : 0
}
