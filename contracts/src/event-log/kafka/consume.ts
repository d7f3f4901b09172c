import type { Logger } from '../../runtime/logger.ts'
import type { Batch, ConsumeOptions, Position } from '../port.ts'
import { Client, type KafkaAccess } from './client.ts'
import { closed } from './errors.ts'
import { Intake, positionAhead } from './intake.ts'
import { Membership } from './membership.ts'
import { commitTo, committedOf, NOBODY, rangesOf } from './offsets.ts'
import { insist, type Patience } from './patience.ts'

export interface Consumption {
  readonly access: KafkaAccess
  /** The log's own client, for everything but the fetching. */
  readonly client: Client
  /** As the brokers know it. */
  readonly topic: string
  readonly group: string
  readonly partitions: readonly number[]
  readonly options: ConsumeOptions
  readonly sessionMs: number
  readonly patienceMs: number
  readonly logger: Logger
  /** Aborts when the log closes. */
  readonly ended: AbortSignal
  /** Keeps appends of this log back until it is settled where `latest` is. */
  readonly hold: () => () => void
}

/** The loop of one consumer: a member of its group when it goes on from the committed position of all partitions. */
export async function* consume(c: Consumption): AsyncGenerator<Batch> {
  const { options, client, topic, group } = c
  const stop = AbortSignal.any([options.signal, c.ended])
  const release = options.from === 'latest' ? c.hold() : () => {}
  const shared = (options.from ?? 'committed') === 'committed' && options.partitions === undefined
  const intake = new Intake({ ...c, client: new Client(c.access), ...limitsOf(options) })
  let changed = false
  const onChange = () => {
    changed = true
    intake.wake()
  }
  const membership = shared ? new Membership({ ...c, onChange }) : undefined
  const commit = (position: Position): Promise<void> => {
    if (c.ended.aborted) return Promise.reject(closed())
    const store = () => membership?.commit(position) ?? commitTo(client, group, topic, position, NOBODY)
    return insist(`commit the position of ${group}`, patienceOf(c), store)
  }
  try {
    if (stop.aborted) return
    if (membership) await whileRunning(stop, membership.join())
    else intake.assign(c.partitions, await whileRunning(stop, beginnings(c, c.partitions)).finally(release))
    changed = shared
    while (!stop.aborted) {
      if (changed && membership) {
        changed = false
        const added = membership.assigned.filter((p) => !intake.partitions.includes(p))
        intake.assign(membership.assigned, await whileRunning(stop, beginnings(c, added)))
      }
      const records = await intake.next(stop)
      if (records.length === 0 || stop.aborted) continue
      const end = intake.position
      yield { records, end, commit: () => commit(end) }
    }
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    release()
    await Promise.all([intake.end(), membership?.leave()])
  }
  if (c.ended.aborted && !options.signal.aborted) throw closed()
}

const limitsOf = ({ maxRecords = 512, maxBytes = 8 * 1024 * 1024 }: ConsumeOptions) => ({ maxRecords, maxBytes })

const patienceOf = (c: Consumption): Patience => ({ limitMs: c.patienceMs, logger: c.logger, signal: c.ended })

/** Waits for `work` unless the consumer ends; what becomes of it then is nobody's concern. */
function whileRunning<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(stop.reason)
    stop.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => stop.removeEventListener('abort', onAbort))
  })
}

/** Where each of the partitions begins. */
async function beginnings(c: Consumption, partitions: readonly number[]): Promise<Position> {
  if (partitions.length === 0) return {}
  const { client, topic, group } = c
  const { from = 'committed' } = c.options
  const patience: Patience = { ...patienceOf(c), signal: AbortSignal.any([c.ended, c.options.signal]) }
  const look = async (): Promise<Position> => {
    const ranges = await rangesOf(client, topic, partitions)
    const given = typeof from === 'object' ? from : {}
    const wanted = from === 'committed' ? await committedOf(client, group, topic, partitions) : given
    return Object.fromEntries(
      ranges.map(({ partition, earliest, next }) => {
        const at = wanted[partition] ?? 0
        if (at > next) throw positionAhead(topic, partition, at, next)
        return [partition, Math.max(at, from === 'latest' ? next : earliest)]
      }),
    )
  }
  return insist('find where to begin', patience, look)
}
