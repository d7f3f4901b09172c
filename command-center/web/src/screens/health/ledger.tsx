import type { LedgerView } from '@quartier/contracts/api'
import { type ReactNode, useState } from 'react'
import { fetchLedger } from '../../api/operations.ts'
import { formatNumber } from '../../i18n/format.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Choice } from '../../ui/fields.tsx'
import { Num } from '../../ui/num.tsx'
import { Part } from '../../ui/part.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { type LedgerRow, rowsOf, sumOfRows } from './ledger-rows.ts'

const REFRESH_MS = 5_000
const SPANS = ['60', '1440'] as const
/** Left out on a phone: the sum above has them. */
const WIDE = new Set<string>(['duplicates', 'corrections', 'inFlight', 'missing', 'messagesRejected'])

/** Published = stored + rejected + in flight, written as a sum for each source. */
export function Ledger() {
  const { t } = useWords()
  const [minutes, setMinutes] = useState<(typeof SPANS)[number]>('60')
  const request = useRequest(`ledger ${minutes}`, (signal) => fetchLedger(Number(minutes), signal), REFRESH_MS)
  const choice = (
    <Choice
      bare
      label={t('platform.ledgerSpan')}
      value={minutes}
      options={SPANS.map((span) => [span, t(span === '60' ? 'platform.ledgerHour' : 'platform.ledgerDay')])}
      onChange={setMinutes}
    />
  )
  return (
    <Part title={t('platform.ledger')} end={choice}>
      <Asked request={request}>{(view) => <Sums view={view} />}</Asked>
    </Part>
  )
}

function Sums({ view }: { readonly view: LedgerView }) {
  const { t } = useWords()
  const rows = rowsOf(view)
  if (rows.length === 0) return <p className="soft">{t('platform.ledgerNone')}</p>
  const all = sumOfRows(rows, t('platform.allSources'))
  const figure = (name: keyof Omit<LedgerRow, 'source'>, key: MessageKey, sign: string): Column<LedgerRow> => ({
    name,
    title: t(key),
    numeric: true,
    wide: WIDE.has(name),
    order: (a, b) => a[name] - b[name],
    cell: (row) => (
      <span className={name === 'missing' && row.missing !== 0 ? 'strong' : undefined}>
        {sign && <span className="sign">{sign}</span>} <Num>{formatNumber(row[name])}</Num>
      </span>
    ),
  })
  const columns: readonly Column<LedgerRow>[] = [
    {
      name: 'source',
      title: t('platform.source'),
      cell: ({ source }) => <bdi className="clip">{source}</bdi>,
      order: (a, b) => (a.source < b.source ? -1 : 1),
    },
    figure('arrived', 'platform.arrived', ''),
    figure('stored', 'platform.stored', '='),
    figure('duplicates', 'platform.again', '+'),
    figure('corrections', 'platform.corrected', '+'),
    figure('rejected', 'platform.refused', '+'),
    figure('inFlight', 'platform.inFlight', '+'),
    figure('missing', 'platform.missing', '+'),
    figure('messagesRejected', 'platform.messagesRefused', ''),
  ]
  const n = formatNumber(Math.abs(all.missing))
  return (
    <>
      <Sum title={t('platform.readingsSum')}>
        <Term n={all.arrived} words={t('platform.arrived')} />
        <Term sign="=" n={all.stored + all.duplicates + all.corrections} words={t('platform.stored')} />
        <Term sign="+" n={all.rejected} words={t('platform.refused')} />
        <Term sign="+" n={all.inFlight} words={t('platform.inFlight')} />
        {all.missing !== 0 && <Term sign="+" n={all.missing} words={t('platform.missing')} />}
      </Sum>
      <Sum title={t('platform.messagesSum')}>
        <Term n={all.messages} words={t('platform.arrived')} />
        <Term sign="=" n={all.messages - all.messagesRejected} words={t('platform.accepted')} />
        <Term sign="+" n={all.messagesRejected} words={t('platform.refused')} />
      </Sum>
      <p className={view.state === 'unbalanced' ? 'strong' : 'l'} role="status">
        {view.state === 'unbalanced' ? t('platform.ledgerWrong', { n }) : t('platform.ledgerBalanced')}
      </p>
      <DataTable
        label={t('platform.ledger')}
        className="ledger"
        columns={columns}
        rows={rows}
        keyOf={({ source }) => source}
      />
    </>
  )
}

/** A sum runs left to right in every language. */
const Sum = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <p className="equation">
    <b className="l">{title}</b>
    <span className="terms" dir="ltr">
      {children}
    </span>
  </p>
)

function Term({ sign, n, words }: { readonly sign?: string; readonly n: number; readonly words: string }) {
  return (
    <>
      {sign && <span className="sign">{sign}</span>}
      <span className="term">
        <Num>{formatNumber(n)}</Num>
        <span className="l">{words}</span>
      </span>
    </>
  )
}
