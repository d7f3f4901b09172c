import { RequestError } from '../../api/client.ts'
import { formatSpan } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Loading } from '../../ui/loading.tsx'
import { Problem, Said, Secret } from '../../ui/said.tsx'
import { Empty, Failed, NoRight } from '../../ui/states.tsx'
import { Sample } from './sample.tsx'

/** When there is nothing, or something is wrong. */
export function StateSamples() {
  const { t } = useWords()
  return (
    <Sample title={t('gallery.states')}>
      <div className="columns-of-samples states">
        <div className="state-sample">
          <Empty title={t('attention.empty')}>{t('gallery.emptySub')}</Empty>
        </div>
        <div className="state-sample">
          <Loading label={t('card.trendLoading')} />
        </div>
        <div className="state-sample">
          <Failed
            error={new RequestError('TIMEOUT', 'no answer in 10 s')}
            what={t('card.trendError')}
            retry={() => undefined}
          />
        </div>
        <div className="state-sample">
          <NoRight />
        </div>
        <div className="state-sample disconnected">
          <b>{t('state.disconnected', { time: '18:40:12' })}</b>
          <span className="soft">
            {t('state.disconnectedSub', { age: formatSpan(118_000, t), wait: formatSpan(4_000, t) })}
          </span>
        </div>
        <div className="state-sample">
          <Said>
            <span>{t('people.password', { name: t('gallery.name') })}</span> <Secret>k7mfp-2qwer-tyhjk-zxcvb</Secret>
          </Said>
          <Problem>{t('people.taken')}</Problem>
        </div>
      </div>
    </Sample>
  )
}
