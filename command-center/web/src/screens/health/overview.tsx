import type { HealthView } from '@quartier/contracts/api'
import { fetchHealth } from '../../api/operations.ts'
import { formatBytes, formatNumber, formatSpan } from '../../i18n/format.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Part } from '../../ui/part.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { Arriving } from './arriving.tsx'
import { Certificates } from './certificates.tsx'
import { Delays } from './delays.tsx'
import { Disk } from './disk.tsx'
import { Ledger } from './ledger.tsx'

const REFRESH_MS = 2_000

/** The platform's figures, two seconds old at most. */
export function Overview() {
  const { t } = useWords()
  const request = useRequest('health', fetchHealth, REFRESH_MS)
  return (
    <>
      <Asked request={request}>
        {(health) => (
          <div className="figures">
            <Part title={t('platform.arriving')}>
              <Arriving rates={health.rates} />
            </Part>
            <Part title={t('platform.delays')}>
              <Delays latency={health.latency} />
            </Part>
          </div>
        )}
      </Asked>
      <Ledger />
      <Asked request={request}>
        {(health) => (
          <div className="figures">
            <Part title={t('platform.disk')}>
              <Disk health={health} />
            </Part>
            <Part title={t('platform.gateways')}>
              <Gateways health={health} />
            </Part>
            <Part title={t('platform.certificates')}>
              <Certificates health={health} />
            </Part>
            <Part title={t('platform.retention')}>
              <Retention health={health} />
            </Part>
          </div>
        )}
      </Asked>
    </>
  )
}

function Gateways({ health: { gateways, lagRecords } }: { readonly health: HealthView }) {
  const { t } = useWords()
  type Gateway = HealthView['gateways'][number]
  const columns: readonly Column<Gateway>[] = [
    { name: 'name', title: t('platform.gateway'), cell: ({ name }) => <bdi className="clip">{name}</bdi> },
    {
      name: 'connections',
      title: t('platform.connections'),
      numeric: true,
      cell: ({ connections }) => <Num>{formatNumber(connections)}</Num>,
    },
    {
      name: 'messages',
      title: t('platform.messages'),
      numeric: true,
      cell: ({ messagesTotal }) => <Num>{formatNumber(messagesTotal)}</Num>,
    },
    {
      name: 'state',
      title: t('platform.state'),
      wide: true,
      cell: ({ stalled }) =>
        stalled ? <b className="strong">{t('platform.stalled')}</b> : <span className="l">{t('platform.works')}</span>,
    },
  ]
  return (
    <>
      {gateways.length === 0 ? (
        <p className="soft">{t('platform.gatewaysNone')}</p>
      ) : (
        <DataTable label={t('platform.gateways')} columns={columns} rows={gateways} keyOf={({ name }) => name} />
      )}
      {lagRecords > 0 && <p className="l below">{t('platform.lag', { n: formatNumber(lagRecords) })}</p>}
    </>
  )
}

function Retention({ health: { retention, log } }: { readonly health: HealthView }) {
  const { t } = useWords()
  type Topic = HealthView['log']['topics'][number]
  const columns: readonly Column<Topic>[] = [
    { name: 'topic', title: t('platform.topic'), cell: ({ topic }) => <bdi className="clip code">{topic}</bdi> },
    {
      name: 'bytes',
      title: t('platform.bytes'),
      numeric: true,
      width: '22%',
      cell: ({ bytes }) => <Num>{formatBytes(bytes)}</Num>,
    },
    {
      name: 'records',
      title: t('platform.records'),
      numeric: true,
      width: '22%',
      wide: true,
      cell: ({ records }) => <Num>{formatNumber(records)}</Num>,
    },
    {
      name: 'kept',
      title: t('platform.keptFor'),
      numeric: true,
      width: '26%',
      cell: ({ keptMs }) =>
        keptMs === null ? <span className="l">{t('platform.keptNewest')}</span> : formatSpan(keptMs, t),
    },
  ]
  return (
    <>
      {retention.length > 0 && (
        <dl className="fact-list">
          {retention.map(({ what, keptMs }) => (
            <div key={what}>
              <dt>{t(`platform.kept.${what}` as MessageKey)}</dt>
              <dd>{formatSpan(keptMs, t)}</dd>
            </div>
          ))}
        </dl>
      )}
      <details>
        <summary>{t('platform.topics')}</summary>
        <DataTable label={t('platform.topics')} columns={columns} rows={log.topics} keyOf={({ topic }) => topic} />
      </details>
    </>
  )
}
