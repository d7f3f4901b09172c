import type { PlatformView } from '@quartier/contracts/api'
import { formatBytes, formatDelay, formatNumber, THIN_SPACE } from '../../i18n/format.ts'
import type { MessageKey, Translate } from '../../i18n/translate.ts'
import { reasonWords } from '../../i18n/vocabulary.ts'
import type { Language } from '../../theme/preferences.ts'

/** The figures of the strip, in its order; each has a sentence in the dictionary that tells what it means. */
export const FIGURES = ['reporting', 'readings', 'delay', 'ledger', 'rejected', 'store', 'lag'] as const
export type Figure = (typeof FIGURES)[number]

export const FIGURE_LABELS: Readonly<Record<Figure, MessageKey>> = {
  reporting: 'health.reporting',
  readings: 'health.messages',
  delay: 'health.latency',
  ledger: 'health.ledger',
  rejected: 'health.rejected',
  store: 'health.store',
  lag: 'health.lag',
}

/** One cell of the health strip: a figure while it is well, a sentence when it is not. */
export interface HealthCell {
  readonly id: Figure
  readonly value: string
  readonly aside: string
  readonly bad: boolean
}

/** Left out where the strip is short of room, unless they are bad. */
export const OPTIONAL: ReadonlySet<Figure> = new Set(['store', 'lag'])

/** More than this share of the expected series silent is worth a sentence. */
const SILENT_SHARE = 0.02
/** More than this share of an hour's readings refused is worth a sentence. */
const REJECTED_SHARE = 0.01
const SLOW_MS = 3000
const LAG_RECORDS = 2000
/** Fewer batches than these are only on their way. */
const LAG_NOTED = 20
/** Nothing can be late before it had time to come. */
const START_S = 60

/** @param delayP95 from sensor to this screen, ms */
export function healthCells(
  p: PlatformView,
  delayP95: number | undefined,
  t: Translate,
  language: Language = 'en',
): HealthCell[] {
  return [
    reporting(p, t),
    readings(p, t),
    delay(p, delayP95, t),
    ledger(p, t),
    rejected(p, t, language),
    store(p, t),
    lag(p, t),
  ]
}

function reporting({ reporting: { expected, reporting } }: PlatformView, t: Translate): HealthCell {
  const silent = expected - reporting
  const bad = silent > expected * SILENT_SHARE
  const total = formatNumber(expected)
  const aside = bad ? t('health.reportingBad', { total, n: formatNumber(silent) }) : t('health.of', { total })
  return { id: 'reporting', value: formatNumber(reporting), aside, bad }
}

function readings({ readingsPerS, reporting: { expected } }: PlatformView, t: Translate): HealthCell {
  const bad = readingsPerS === 0 && expected > 0
  const value = bad ? t('health.messagesNone') : t('health.perSecond', { n: formatRate(readingsPerS) })
  return { id: 'readings', value, aside: '', bad }
}

function delay(p: PlatformView, here: number | undefined, t: Translate): HealthCell {
  const { sensorLatencyMs, uptimeS, devicesAheadMs } = p
  if (devicesAheadMs !== 0) {
    const aside = t(devicesAheadMs > 0 ? 'health.clockAhead' : 'health.clockBehind', {
      n: formatNumber(Math.round(Math.abs(devicesAheadMs) / 60_000)),
    })
    return { id: 'delay', value: t('health.clockSuspect'), aside, bad: true }
  }
  const ms = here ?? sensorLatencyMs.p95 ?? undefined
  if (ms === undefined) return { id: 'delay', value: t('health.latencyNone'), aside: '', bad: uptimeS > START_S }
  const bad = ms > SLOW_MS
  const aside = bad ? t('health.latencySlow', { limit: formatDelay(SLOW_MS) }) : t('health.latencyShare')
  return { id: 'delay', value: formatDelay(ms), aside, bad }
}

function ledger({ ledger: { state, difference } }: PlatformView, t: Translate): HealthCell {
  if (state === 'unbalanced') {
    return {
      id: 'ledger',
      value: t('health.ledgerBad', { n: formatNumber(Math.abs(difference)) }),
      aside: '',
      bad: true,
    }
  }
  const empty = state === 'empty'
  return {
    id: 'ledger',
    value: t(empty ? 'health.ledgerNone' : 'health.balanced'),
    aside: empty ? '' : t('health.nothingLost'),
    bad: false,
  }
}

function rejected(p: PlatformView, t: Translate, language: Language): HealthCell {
  const { rejectedLastHour: count, rejectedTopReason: reason } = p
  return {
    id: 'rejected',
    value: count === 0 ? t('health.rejectedNone') : formatNumber(count),
    aside: count > 0 && reason ? t('health.rejectedReason', { reason: reasonWords(reason, language) }) : '',
    bad: count > REJECTED_SHARE * p.readingsPerS * 3600,
  }
}

function store({ store: { ready, bytes, readings } }: PlatformView, t: Translate): HealthCell {
  if (!ready) return { id: 'store', value: t('health.storeDown'), aside: '', bad: true }
  return {
    id: 'store',
    value: t('health.storeReadings', { n: formatLarge(readings) }),
    // The first files come with the first flush; until then everything is in the log.
    aside: bytes > 0 ? formatBytes(bytes) : '',
    bad: false,
  }
}

function lag({ lagRecords }: PlatformView, t: Translate): HealthCell {
  const bad = lagRecords > LAG_RECORDS
  const value = lagRecords < LAG_NOTED ? t('health.lagNone') : t('health.lagRecords', { n: formatNumber(lagRecords) })
  return { id: 'lag', value, aside: bad ? t('health.lagBehind') : '', bad }
}

const formatRate = (perS: number): string => formatNumber(perS, perS > 0 && perS < 9.95 ? 1 : 0)

/** `1,234,567` → `1.23 M`: large sums with three digits. */
export function formatLarge(count: number): string {
  if (count < 1e6) return formatNumber(count)
  const [value, sign] = count < 1e9 ? [count / 1e6, 'M'] : [count / 1e9, 'G']
  return `${value.toPrecision(3)}${THIN_SPACE}${sign}`
}
