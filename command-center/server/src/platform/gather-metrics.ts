import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import type { Registry } from 'prom-client'

const OWN = 'command-center.sock'
const STORE = 'store.sock'
const TIMEOUT_MS = 1000

/** Prometheus text of this service and of the others of this machine, which answer on `<dataDir>/run/<service>.sock`. */
export async function gatherMetrics(own: Registry, dataDir: string): Promise<string> {
  const folder = join(dataDir, 'run')
  const names = await readdir(folder).catch(() => [])
  const sockets = names.filter((name) => name.endsWith('.sock') && name !== OWN && name !== STORE)
  // A service that is down is simply not in the answer; Prometheus sees its series end.
  const others = await Promise.all(sockets.map((name) => fetchText(join(folder, name)).catch(() => '')))
  return mergeMetrics([await own.metrics(), ...others])
}

/** One gauge of another service of this machine; `undefined` when the service does not answer or has none. */
export async function gaugeOf(dataDir: string, service: string, name: string): Promise<number | undefined> {
  const text = await fetchText(join(dataDir, 'run', `${service}.sock`)).catch(() => '')
  const line = text.split('\n').find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`))
  const value = Number(line?.slice(line.lastIndexOf(' ') + 1) || Number.NaN)
  return Number.isNaN(value) ? undefined : value
}

/** One sample of another service. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What services of this machine say whose names begin so, by the name of their socket; those that are down are left out. */
export async function samplesOf(dataDir: string, beginning: string): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const folder = join(dataDir, 'run')
  const names = (await readdir(folder).catch(() => [])).filter(
    (name) => name.startsWith(beginning) && name.endsWith('.sock'),
  )
  const found = new Map<string, readonly Sample[]>()
  await Promise.all(
    names.map(async (name) => {
      const text = await fetchText(join(folder, name)).catch(() => '')
      if (text !== '') found.set(name.slice(0, -'.sock'.length), samplesIn(text))
    }),
  )
  return found
}

export function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)/i.exec(line)
    if (!match) return []
    const labels = [...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]])
    return [{ name: match[1] as string, labels: Object.fromEntries(labels), value: Number(match[3]) }]
  })
}

/** The value of one sample, `undefined` where it is not said. */
export const valueIn = (
  samples: readonly Sample[] | undefined,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined =>
  samples?.find((s) => s.name === name && Object.entries(labels).every(([l, v]) => s.labels[l] === v))?.value

/** One text of several: the samples of a metric stand together under one HELP and TYPE, as the format demands. */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, { head: string[]; samples: string[] }>()
  for (const text of texts) {
    let family: { head: string[]; samples: string[] } | undefined
    for (const line of text.split('\n')) {
      if (line === '') continue
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1]
      if (name !== undefined) {
        family = families.get(name) ?? { head: [], samples: [] }
        families.set(name, family)
        const kind = line.slice(0, 7)
        if (!family.head.some((h) => h.startsWith(kind))) family.head.push(line)
      } else if (!line.startsWith('#')) family?.samples.push(line)
    }
  }
  return [...families.values()].flatMap(({ head, samples }) => [...head, ...samples, '']).join('\n')
}

function fetchText(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/metrics', timeout: TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve(Buffer.concat(chunks).toString()))
      answer.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', reject)
    asked.end()
  })
}
