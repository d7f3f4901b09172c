import { openSessions } from './index.ts'

/** For the crash test: queues messages without end and says so only after each is acknowledged. */
const sessions = openSessions({
  path: process.argv[2] as string,
  limits: { queueMessages: 1_000_000, queueBytes: 1e9 },
})
await sessions.setup({ id: 'broker', counter: 0 })
await sessions.addSubscriptions({ id: 'anna' }, [{ topic: '#', qos: 1 }])
process.stdout.write('subscribed\n')
for (let n = 0; ; n += 10)
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const packet = {
        cmd: 'publish',
        topic: `t/${n + i}`,
        payload: Buffer.from(`${n + i}`),
        qos: 1,
        brokerId: 'broker',
        brokerCounter: n + i + 1,
      }
      await sessions.outgoingEnqueue({ clientId: 'anna' }, packet)
      process.stdout.write(`${n + i}\n`)
    }),
  )
