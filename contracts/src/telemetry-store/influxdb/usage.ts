import { findBucket } from './migrate.ts'
import { type CallOptions, call, type InfluxServer } from './server.ts'

/** Files and bytes of some buckets on all servers that answer, from the metrics that InfluxDB shows of itself. */
export async function diskUsage(
  servers: readonly InfluxServer[],
  buckets: readonly string[],
  options: CallOptions,
): Promise<{ files: number; bytes: number }> {
  const sum = { files: 0, bytes: 0 }
  for (const server of servers) {
    const metrics = await call(server, { method: 'GET', path: '/metrics' }, options).catch(() => '')
    for (const name of buckets) {
      const bucket = metrics === '' ? undefined : await findBucket(server, name, options)
      if (!bucket) continue
      for (const line of metrics.split('\n')) {
        if (!line.includes(`bucket="${bucket.id}"`)) continue
        const value = Number(line.slice(line.lastIndexOf(' ') + 1))
        if (line.startsWith('storage_shard_disk_size{')) sum.bytes += value
        else if (line.startsWith('storage_tsm_files_total{')) sum.files += value
      }
    }
  }
  return sum
}
