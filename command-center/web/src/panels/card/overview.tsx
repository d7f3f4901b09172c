import { formatBytes, formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useLiveView } from '../../live/hooks.ts'
import { Num } from '../../ui/num.tsx'

const LEDGER_WORDS = {
  balanced: 'health.balanced',
  unbalanced: 'ledger.unbalanced',
  empty: 'health.ledgerNone',
} as const

/** With nothing selected: what to do, and where every reading went. */
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
        <section>
          <h3 className="sec">
            {t('ledger.title')}
            <span className="end">{t(LEDGER_WORDS[platform.ledger.state])}</span>
          </h3>
          <dl className="facts wide">
            <dt>{t('ledger.accepted')}</dt>
            <dd>
              <Num>{formatNumber(platform.ledger.accepted)}</Num>
            </dd>
            <dt>{t('ledger.stored')}</dt>
            <dd>
              <Num>{formatNumber(platform.ledger.stored)}</Num>
            </dd>
            {platform.ledger.sums && (
              <>
                <dt>{t('ledger.duplicates')}</dt>
                <dd>
                  <Num>{formatNumber(platform.ledger.sums.duplicates)}</Num>
                </dd>
                <dt>{t('ledger.corrections')}</dt>
                <dd>
                  <Num>{formatNumber(platform.ledger.sums.corrections)}</Num>
                </dd>
                <dt>{t('ledger.rejected')}</dt>
                <dd>
                  <Num>{formatNumber(platform.ledger.sums.rejected)}</Num>
                </dd>
                <dt>{t('ledger.undecided')}</dt>
                <dd>
                  <Num>{formatNumber(platform.ledger.sums.undecided)}</Num>
                </dd>
              </>
            )}
            <dt>{t('ledger.difference')}</dt>
            <dd>
              <Num>{formatNumber(platform.ledger.difference)}</Num>
            </dd>
            <dt>{t('health.store')}</dt>
            <dd>
              <Num>{formatNumber(platform.store.readings)}</Num>
              {' · '}
              <Num>{formatBytes(platform.store.bytes)}</Num>
            </dd>
            <dt>{t('overview.series')}</dt>
            <dd>
              <Num>{formatNumber(platform.reporting.series)}</Num>
            </dd>
            <dt>{t('overview.never')}</dt>
            <dd>
              <Num>{formatNumber(platform.reporting.never)}</Num>
            </dd>
          </dl>
        </section>
      )}
    </>
  )
}
