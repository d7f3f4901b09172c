import { type CallOptions, call, type InfluxServer } from './server.ts'

/** The buckets of one store, by what they hold. */
export interface Buckets {
  readonly raw: string
  readonly minute: string
  readonly hour: string
  /** Definitions, state and position: never expires. */
  readonly meta: string
}

/**
 * One of several equal ranges of the 256 slots, each written by a process of its own: what is noted of it (definitions,
 * state, position) stands in a bucket of its own, readings and tiers in those of the whole store.
 */
export interface StorePart {
  /** From 0 on. */
  readonly index: number
  readonly of: number
}

/** The buckets of a store, or those that a part of it is written to. */
export const bucketsOf = (bucket: string, part?: StorePart): Buckets => ({
  raw: bucket,
  minute: `${bucket}-minute`,
  hour: `${bucket}-hour`,
  meta: part ? `${bucket}-meta-${part.index}` : `${bucket}-meta`,
})

/** By part of the store: the buckets that it is written to. One when the store is not divided. */
export const bucketsOfParts = (bucket: string, parts?: number): Buckets[] =>
  parts === undefined
    ? [bucketsOf(bucket)]
    : Array.from({ length: parts }, (_, index) => bucketsOf(bucket, { index, of: parts }))

/** How long each tier is kept, ms; for ever where absent. */
export interface TierRetention {
  readonly rawMs?: number
  readonly minuteMs?: number
  readonly hourMs?: number
}

interface Bucket {
  readonly id: string
  readonly name: string
  readonly retentionRules: readonly { readonly everySeconds: number }[]
}

/** InfluxDB expires whole shards and keeps no bucket for less. */
const LEAST_RETENTION_S = 3600

/** Makes the buckets that are missing and sets the retention of each. Doing it again changes nothing. */
export async function migrate(
  server: InfluxServer,
  buckets: Buckets,
  retention: TierRetention,
  options: CallOptions,
): Promise<void> {
  const wanted: readonly [string, number | undefined][] = [
    [buckets.raw, retention.rawMs],
    [buckets.minute, retention.minuteMs],
    [buckets.hour, retention.hourMs],
    [buckets.meta, undefined],
  ]
  for (const [name, ms] of wanted) {
    const everySeconds = ms === undefined ? 0 : Math.max(LEAST_RETENTION_S, Math.ceil(ms / 1000))
    const found = await findBucket(server, name, options)
    const retentionRules = [{ type: 'expire', everySeconds }]
    if (!found) {
      const orgID = await organisationOf(server, options)
      try {
        await json(server, 'POST', '/api/v2/buckets', { orgID, name, retentionRules }, options)
      } catch (error) {
        // Another process, which opens another part of the store, may have been faster.
        if (!(await findBucket(server, name, options))) throw error
      }
    } else if ((found.retentionRules[0]?.everySeconds ?? 0) !== everySeconds)
      await json(server, 'PATCH', `/api/v2/buckets/${found.id}`, { retentionRules }, options)
  }
}

export async function findBucket(
  server: InfluxServer,
  name: string,
  options: CallOptions,
): Promise<Bucket | undefined> {
  const path = `/api/v2/buckets?${new URLSearchParams({ org: server.org, name })}`
  try {
    const { buckets } = (await json(server, 'GET', path, undefined, options)) as { buckets?: Bucket[] }
    return buckets?.find((b) => b.name === name)
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined
    throw error
  }
}

async function organisationOf(server: InfluxServer, options: CallOptions): Promise<string> {
  const path = `/api/v2/orgs?${new URLSearchParams({ org: server.org })}`
  const { orgs } = (await json(server, 'GET', path, undefined, options)) as { orgs: { id: string }[] }
  return orgs[0]?.id ?? ''
}

async function json(
  server: InfluxServer,
  method: string,
  path: string,
  body: object | undefined,
  options: CallOptions,
): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const text = await call(server, { method, path, headers, body: body && JSON.stringify(body) }, options)
  return text === '' ? undefined : JSON.parse(text)
}
