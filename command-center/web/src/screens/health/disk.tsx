import type { HealthView } from '@quartier/contracts/api'
import { formatBytes, formatNumber } from '../../i18n/format.ts'
import { type Translate, useWords } from '../../i18n/translate.ts'

/** How full the disk is, what of it log and store take, and how long it still lasts. */
export function Disk({ health: { disk, log, store } }: { readonly health: HealthView }) {
  const { t } = useWords()
  const { sizeBytes, freeBytes, daysLeft, fillsUp } = disk
  return (
    <>
      {sizeBytes === null || freeBytes === null ? (
        <p className="soft">{t('platform.diskUnknown')}</p>
      ) : (
        <>
          <p className="strong">
            {t('platform.diskFree', { free: formatBytes(freeBytes), size: formatBytes(sizeBytes) })}
          </p>
          <Meter share={1 - freeBytes / sizeBytes} />
          <p className={fillsUp ? 'strong' : 'l'}>
            {fillsUp === null && t('platform.diskSoon')}
            {fillsUp === false && t('platform.diskNever')}
            {fillsUp && daysLeft !== null && t('platform.diskDays', { days: daysWords(daysLeft, t) })}
          </p>
        </>
      )}
      <Kept
        title={t('platform.store')}
        part={store}
        more={[
          store.ready && t('platform.readings', { n: formatNumber(store.readings) }),
          store.daysInBudget !== null && t('platform.holds', { days: daysWords(store.daysInBudget, t) }),
        ]}
      />
      <Kept title={t('platform.log')} part={log} more={[]} />
    </>
  )
}

interface KeptProps {
  readonly title: string
  readonly part: Pick<HealthView['log'], 'ready' | 'bytes' | 'budgetBytes' | 'bytesPerDay'>
  readonly more: readonly (string | false)[]
}

function Kept({ title, part: { ready, bytes, budgetBytes, bytesPerDay }, more }: KeptProps) {
  const { t } = useWords()
  const rate = bytesPerDay === null ? t('platform.rateUnknown') : t('platform.perDay', { n: formatBytes(bytesPerDay) })
  return (
    <div className="kept">
      <p>
        <b>{title}</b>{' '}
        {ready ? (
          <>
            <bdi>{formatBytes(bytes)}</bdi>{' '}
            {budgetBytes !== null && t('platform.budget', { budget: formatBytes(budgetBytes) })}
          </>
        ) : (
          <b>{t('platform.partDown')}</b>
        )}
      </p>
      {budgetBytes !== null && ready && <Meter share={bytes / budgetBytes} />}
      <p className="l">{[rate, ...more].filter(Boolean).join(', ')}</p>
    </div>
  )
}

/** How much of something is used: ink on a hairline, in reading direction. */
const Meter = ({ share }: { readonly share: number }) => (
  <div className="meter" aria-hidden="true">
    <svg aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1">
      <rect width={Math.min(100, Math.max(0.4, share * 100))} height="1" />
    </svg>
  </div>
)

/** `12 days`, with a decimal below ten. */
function daysWords(days: number, t: Translate): string {
  if (days < 1) return t('platform.lessThanDay')
  return t('platform.days', { n: formatNumber(Math.floor(days)) })
}
