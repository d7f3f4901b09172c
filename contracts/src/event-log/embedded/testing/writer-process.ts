import { openEmbeddedLog } from '../../embedded.ts'

// A program for tests: appends numbered records until it is killed and prints each number once its append resolved.
const [folder = '', topic = '', name = '', count = 'Infinity', segmentBytes = '67108864'] = process.argv.slice(2)
const topics = [{ name: topic, partitions: 2, cleanup: 'delete' as const }]
const log = await openEmbeddedLog({ folder, topics, segmentBytes: Number(segmentBytes) })

for (let i = 0; i < Number(count); i++) {
  const value = new Uint8Array(8 + (i % 5) * 3000)
  new DataView(value.buffer).setFloat64(0, i)
  const [offset] = await log.append(topic, [{ key: name, partition: i % 2, value }])
  process.stdout.write(`${i} ${offset?.partition} ${offset?.offset}\n`)
}
await log.close()
