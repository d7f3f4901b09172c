import type { PlatformView } from '@quartier/contracts/api'
import { formatBytes, formatDelay, formatNumber, THIN_SPACE } from '../../i18n/format.ts'
import type { MessageKey, Translate } from '../../i18n/translate.ts'

/** One cell of the health strip: a figure while it is well, a sentence when it is not. */
export interface HealthCell {
  readonly id: string
  readonly label: MessageKey
  readonly value: string
  readonly aside: string
  readonly bad: boolean
  /** Left out where the strip is short of room. */
  readonly optional: boolean
}

/** More than this share of the expected series silent is worth a sentence. */
const SILENT_SHARE = 0.02
/** More than this share of an hour's readings refused is worth a sentence. */
const REJECTED_SHARE = 0.01
const SLOW_MS = 3000
const LAG_RECORDS = 2000
/** Fewer batches than these are only on their way. */
const LAG_NOTED = 20

/** @param delayP95 from sensor to this screen, ms */
export function healthCells(p: PlatformView, delayP95: number | undefined, t: Translate): HealthCell[] {
  const silent = p.reporting.expected - p.reporting.reporting
  const silentBad = silent > p.reporting.expected * SILENT_SHARE
  const delay = delayP95 ?? p.sensorLatencyMs.p95 ?? undefined
  const unbalanced = p.ledger.state === 'unbalanced'
  return [
    cell('reporting', 'health.reporting', {
      value: formatNumber(p.reporting.reporting),
      aside: silentBad
        ? t('health.reportingBad', { total: formatNumber(p.reporting.expected), n: formatNumber(silent) })
        : t('health.of', { total: formatNumber(p.reporting.expected) }),
      bad: silentBad,
    }),
    cell('readings', 'health.messages', {
      value: t('health.perSecond', { n: formatRate(p.readingsPerS) }),
      bad: p.readingsPerS === 0 && p.reporting.expected > 0,
    }),
    cell('delay', 'health.latency', {
      value: delay === undefined ? t('health.latencyNone') : formatDelay(delay),
      bad: delay === undefined || delay > SLOW_MS,
    }),
    cell('ledger', 'health.ledger', {
      value: unbalanced
        ? t('health.ledgerBad', { n: formatNumber(Math.abs(p.ledger.difference)) })
        : t(p.ledger.state === 'empty' ? 'health.ledgerNone' : 'health.balanced'),
      bad: unbalanced,
    }),
    cell('rejected', 'health.rejected', {
      value: p.rejectedLastHour === 0 ? t('health.rejectedNone') : formatNumber(p.rejectedLastHour),
      aside: p.rejectedTopReason ? t('health.rejectedReason', { reason: p.rejectedTopReason }) : '',
      bad: p.rejectedLastHour > REJECTED_SHARE * p.readingsPerS * 3600,
    }),
    cell('store', 'health.store', {
      value: formatBytes(p.store.bytes),
      aside: t('health.storeReadings', { n: formatLarge(p.store.readings) }),
      bad: !p.store.ready,
      optional: true,
    }),
    cell('lag', 'health.lag', {
      value: p.lagRecords < LAG_NOTED ? t('health.lagNone') : t('health.lagRecords', { n: formatNumber(p.lagRecords) }),
      bad: p.lagRecords > LAG_RECORDS,
      optional: true,
    }),
  ]
}

function cell(
  id: string,
  label: MessageKey,
  rest: { value: string; aside?: string; bad: boolean; optional?: boolean },
): HealthCell {
  return { id, label, aside: '', optional: false, ...rest }
}

const formatRate = (perS: number): string => formatNumber(perS, perS > 0 && perS < 9.95 ? 1 : 0)

/** `1,234,567` → `1.23 M`: large sums with three digits. */
export function formatLarge(count: number): string {
  if (count < 1e6) return formatNumber(count)
  const [value, sign] = count < 1e9 ? [count / 1e6, 'M'] : [count / 1e9, 'G']
  return `${value.toPrecision(3)}${THIN_SPACE}${sign}`
}
