import type { PlatformView } from '@quartier/contracts/api'
import { formatBytes, formatNumber, formatSpan } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useLiveView } from '../../live/hooks.ts'
import { Num } from '../../ui/num.tsx'

const LEDGER_WORDS = {
  balanced: 'health.balanced',
  unbalanced: 'ledger.unbalanced',
  empty: 'health.ledgerNone',
} as const

/** With nothing selected: what to do, where every reading went, and what runs here. */
export function Overview() {
  const { t } = useWords()
  const platform = useLiveView().platform
  return (
    <>
      <header className="card-head">
        <h2>{t('card.nothing')}</h2>
        <p className="soft">{t('card.nothingSub')}</p>
      </header>
      {platform && (
        <div className="scroll card-body">
          <LedgerSum ledger={platform.ledger} />
          <Platform platform={platform} />
        </div>
      )}
    </>
  )
}

/** The sum in full: what arrived is what was stored and everything else that can become of a reading. */
function LedgerSum({ ledger: { state, stored, accepted, difference, sums } }: Pick<PlatformView, 'ledger'>) {
  const { t } = useWords()
  const parts = [
    ['ledger.received', sums?.received ?? accepted],
    ['ledger.stored', stored],
    ['ledger.duplicates', sums?.duplicates],
    ['ledger.corrections', sums?.corrections],
    ['ledger.rejected', sums?.rejected],
    ['ledger.undecided', sums?.undecided],
    ['ledger.difference', difference],
  ] as const
  return (
    <section>
      <h3 className="sec">
        {t('ledger.title')}
        <span className="end">{t(LEDGER_WORDS[state])}</span>
      </h3>
      <dl className="facts wide sum">
        {parts.map(
          ([label, count]) =>
            count !== undefined && (
              <div key={label}>
                <dt>{t(label)}</dt>
                <dd>
                  <Num>{formatNumber(count)}</Num>
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  )
}

function Platform({ platform: { reporting, store, uptimeS, clients, version } }: { platform: PlatformView }) {
  const { t } = useWords()
  const size = store.bytes > 0 ? [formatBytes(store.bytes)] : []
  const facts = [
    ['overview.series', formatNumber(reporting.series)],
    ['overview.never', formatNumber(reporting.never)],
    ['health.store', [t('health.storeReadings', { n: formatNumber(store.readings) }), ...size].join(', ')],
    ['overview.people', formatNumber(clients)],
    ['overview.running', formatSpan(uptimeS * 1000, t)],
    ['overview.version', version],
  ] as const
  return (
    <section>
      <h3 className="sec">{t('overview.title')}</h3>
      <dl className="facts wide">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
