import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Counter, Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gatherMetrics, mergeMetrics, samplesOf, valueIn } from './gather-metrics.ts'

let folder: string
const other = createServer((_, response) => {
  response.end('# HELP readings_total readings\n# TYPE readings_total counter\nreadings_total{service="gateway"} 5\n')
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartier-metrics-'))
  await mkdir(join(folder, 'run'))
  await new Promise<void>((resolve) => other.listen(join(folder, 'run', 'gateway.sock'), resolve))
  await writeFile(join(folder, 'run', 'gone.sock'), '')
})

afterAll(async () => {
  other.close()
  await rm(folder, { recursive: true })
})

test('the samples of all services stand together; a service that is gone is left out', async () => {
  const own = new Registry()
  own.setDefaultLabels({ service: 'command-center' })
  new Counter({ name: 'readings_total', help: 'readings', registers: [own] }).inc(7)
  expect((await gatherMetrics(own, folder)).trim().split('\n')).toEqual([
    '# HELP readings_total readings',
    '# TYPE readings_total counter',
    'readings_total{service="command-center"} 7',
    'readings_total{service="gateway"} 5',
  ])
})

test('a histogram keeps its parts under one head', () => {
  const text = (service: string) =>
    `# HELP h x\n# TYPE h histogram\nh_bucket{le="+Inf",service="${service}"} 1\nh_sum{service="${service}"} 2\n`
  const merged = mergeMetrics([text('a'), text('b')])
  expect(merged.match(/# TYPE/g)).toHaveLength(1)
  expect(merged.match(/^h_/gm)).toHaveLength(4)
})

test('single values are found by their name and labels', async () => {
  const samples = (await samplesOf(folder, 'gate')).get('gateway')
  expect(valueIn(samples, 'readings_total', { service: 'gateway' })).toBe(5)
  expect(valueIn(samples, 'readings_total', { service: 'ingest' })).toBeUndefined()
  expect(valueIn(samples, 'nothing')).toBeUndefined()
  expect(await samplesOf(folder, 'gone')).toEqual(new Map())
})
