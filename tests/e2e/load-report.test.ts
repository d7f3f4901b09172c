import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownTarget, type Target } from '../../infra/cli/src/load-target.ts'
import {
  districtOf,
  type LoadReport,
  type Profile,
  parseProfile,
  reportHtml,
  runProfile,
} from '../../simulators/src/load/index.ts'
import { packetReader } from '../../simulators/src/mqtt/packets.ts'
import { remainingLength } from '../load/mqtt-wire.ts'

const machine = { processors: 1, model: 'test', memoryGb: 1, system: 'test', node: process.versions.node, syncMs: 1 }

/** A gateway in the middle that acknowledges every n-th message itself and never passes it on. */
async function startLiar(target: string, every: number) {
  const sockets = new Set<Socket>()
  let swallowed = 0
  const server = createServer((near) => {
    const far = connect(Number(new URL(target).port), '127.0.0.1')
    let seen = 0
    const pass = packetReader((type, flags, body) => {
      if (type === 3 && ++seen % every === 0) {
        const at = 2 + body.readUInt16BE(0)
        near.write(Buffer.from([0x40, 2, body[at]!, body[at + 1]!]))
        swallowed++
      } else far.write(Buffer.concat([Buffer.from([(type << 4) | flags]), remainingLength(body.length), body]))
    })
    near.on('data', pass)
    far.on('data', (bytes) => near.write(bytes))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
    swallowed: () => swallowed,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const profileOf = (settings: object): Profile =>
  parseProfile({ name: 'test', sensors: 400, readingsPerSecond: 800, ramp: 0.5, duration: 4, ...settings }, 'test')

describe('the report of a load test', () => {
  let target: Target
  const run = async (profile: Profile, source: string, url = target.url): Promise<LoadReport> =>
    await runProfile(profile, districtOf(profile, source), {
      url,
      store: target.store,
      ledger: () => target.ledger(source),
      processes: target.processes,
      folder: target.folder,
      machine,
      version: 'test',
      commit: 'test',
    })

  beforeAll(async () => {
    target = await ownTarget(districtOf(profileOf({}), 'announced'))
  }, 60_000)
  afterAll(async () => {
    await target?.close()
  })

  it('finds nothing lost where nothing was, whatever the devices and their network do', {
    timeout: 90_000,
  }, async () => {
    const report = await run(
      profileOf({
        duration: 6,
        faults: [
          { kind: 'duplicates', from: 0, for: 6, share: 0.2 },
          { kind: 'late', from: 0, for: 3, share: 0.1, delay: 1 },
          { kind: 'clock-skew', from: 1, for: 3, share: 0.3, offset: 120 },
          { kind: 'malformed', from: 1, for: 4, perSecond: 20 },
          { kind: 'silent', from: 2, for: 1, share: 0.3 },
          { kind: 'flapping', from: 1, for: 4, share: 0.2, every: 1 },
          { kind: 'reconnect-storm', from: 3 },
          { kind: 'stall', from: 4, for: 1, share: 0.5 },
          { kind: 'slow-disk', from: 1, for: 2, mbPerSecond: 8 },
        ],
        goals: { p99Ms: 60_000 },
      }),
      'honest',
    )
    expect(report.settled).toMatchObject({ lost: 0, unexpected: 0 })
    expect(report.settled.sent).toBeGreaterThan(2_000)
    expect(report.settled.stored).toBe(report.settled.sent)
    expect(report.counts.repeatedReadings).toBeGreaterThan(100)
    expect(report.counts.skewedMessages).toBeGreaterThan(10)
    expect(report.counts.heldBackMessages).toBeGreaterThan(10)
    expect(report.counts.silencedMessages).toBeGreaterThan(5)
    expect(report.counts.malformedMessages).toBeGreaterThan(40)
    expect(report.ledger!.balanced).toBe(true)
    expect(report.ledger!.duplicates).toBeGreaterThanOrEqual(report.counts.repeatedReadings)
    const refused = Object.values(report.ledger!.messagesRejected).reduce((a, b) => a + b, 0)
    // What a cut connection had not acknowledged is sent, and refused, once more.
    expect(refused).toBeGreaterThanOrEqual(report.counts.malformedMessages)
    expect(refused).toBeLessThan(4 * report.counts.malformedMessages)
    expect(report.goals.filter((g) => !g.met)).toEqual([])
    expect(report.latency.queryable.count).toBeGreaterThan(20)
    expect(report.samples.at(-1)!.processes.map((p) => p.name)).toContain('gateway')
  })

  it('shows a loss that somebody planted, to the reading', { timeout: 90_000 }, async () => {
    const liar = await startLiar(target.url, 40)
    try {
      const report = await run(
        profileOf({ format: 'json-single', connections: 4, probesPerSecond: 0 }),
        'robbed',
        liar.url,
      )
      expect(liar.swallowed()).toBeGreaterThan(20)
      expect(report.settled.lost).toBe(liar.swallowed())
      expect(report.settled.acknowledged - report.settled.stored).toBe(liar.swallowed())
      expect(report.settled.examples.length).toBeGreaterThan(0)
      expect(report.verdict).toBe('failed')
      expect(report.goals.find((g) => g.name === 'Readings lost')).toMatchObject({ met: false })
      const page = reportHtml(report)
      expect(page).toContain(`<b>${liar.swallowed()}</b>lost`)
      expect(page).toContain('failed')
      expect(page).toContain(report.settled.examples[0]!.key)
      expect(page).not.toMatch(/<script|https?:\/\//)
    } finally {
      liar.close()
    }
  })
})
