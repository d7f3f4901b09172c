import type { PrivacyView } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchPrivacy } from '../../api/operations.ts'
import { formatDate, formatNumber, formatSpan, formatTime } from '../../i18n/format.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { useUser } from '../../shell/session.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Choice } from '../../ui/fields.tsx'
import { Num } from '../../ui/num.tsx'
import { Part } from '../../ui/part.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { Exports } from './exports.tsx'
import { Receipts } from './receipts.tsx'
import './privacy.css'

const REFRESH_MS = 5_000
const SPANS = ['60', '1440'] as const
type Span = (typeof SPANS)[number]

/** What stands behind the promise that nobody is watched. */
export default function PrivacyScreen() {
  const { t } = useWords()
  const { role } = useUser()
  const [minutes, setMinutes] = useState<Span>('1440')
  const request = useRequest(`privacy ${minutes}`, (signal) => fetchPrivacy(Number(minutes), signal), REFRESH_MS)
  const choice = (
    <Choice
      bare
      label={t('privacy.span')}
      value={minutes}
      options={SPANS.map((span): [Span, string] => [span, t(span === '60' ? 'privacy.hour' : 'privacy.day')])}
      onChange={setMinutes}
    />
  )
  return (
    <Screen title={t('screen.privacy')} intro={t('privacy.intro')} className="privacy" actions={choice}>
      <Asked request={request}>
        {(view) => (
          <div className="parts">
            <Part title={t('privacy.removed')}>
              <Removed view={view} />
            </Part>
            <div>
              <Part title={t('privacy.keys')}>
                <Keys view={view} />
              </Part>
              <Part title={t('privacy.timers')}>
                <Timers view={view} />
              </Part>
            </div>
          </div>
        )}
      </Asked>
      <Receipts key={minutes} minutes={Number(minutes)} />
      <Part title={t('privacy.exports')}>
        {role === 'administrator' ? <Exports /> : <p className="soft">{t('privacy.exportsMay')}</p>}
      </Part>
    </Screen>
  )
}

type Kind = keyof PrivacyView['removed']

/** Totals by kind as the receipts have them, against those of the ledger. */
function Removed({ view: { removed, ledger } }: { readonly view: PrivacyView }) {
  const { t } = useWords()
  const kinds = [...new Set([...Object.keys(removed), ...Object.keys(ledger.removed)])] as Kind[]
  if (kinds.length === 0) return <p className="soft">{t('privacy.removedNone')}</p>
  type Row = { name: string; receipts: number; ledger: number; isSum?: boolean }
  const rows: Row[] = kinds
    .map((kind) => ({
      name: t(`removed.${kind}` as MessageKey),
      receipts: removed[kind] ?? 0,
      ledger: ledger.removed[kind] ?? 0,
    }))
    .sort((a, b) => b.receipts - a.receipts)
  const sum = (name: 'receipts' | 'ledger') => rows.reduce((n, row) => n + row[name], 0)
  rows.push({ name: t('privacy.sum'), receipts: sum('receipts'), ledger: sum('ledger'), isSum: true })
  const figure = (name: 'receipts' | 'ledger', key: MessageKey): Column<Row> => ({
    name,
    title: t(key),
    width: '24%',
    numeric: true,
    cell: (row) => <Num className={row.isSum ? 'strong' : undefined}>{formatNumber(row[name])}</Num>,
  })
  const columns: readonly Column<Row>[] = [
    { name: 'kind', title: t('privacy.kind'), cell: ({ name, isSum }) => (isSum ? <b>{name}</b> : name) },
    figure('receipts', 'privacy.receipts'),
    figure('ledger', 'privacy.ledgerSays'),
  ]
  return (
    <>
      <p className={ledger.state === 'differs' ? 'strong' : 'soft'} role="status">
        {t(`privacy.${ledger.state === 'empty' ? 'removedNone' : ledger.state}`)}
      </p>
      <DataTable label={t('privacy.removed')} columns={columns} rows={rows} keyOf={({ name }) => name} />
      {ledger.state === 'differs' &&
        ledger.sources.map(({ source, receipts, ledger: n }) => (
          <p key={source} className="l">
            <bdi>{source}</bdi>: <Num>{formatNumber(receipts)}</Num> / <Num>{formatNumber(n)}</Num>
          </p>
        ))}
    </>
  )
}

/** Of which days there is a key, and which was destroyed last; never more of them. */
function Keys({ view: { keys, at } }: { readonly view: PrivacyView }) {
  const { t, language } = useWords()
  const { days, endsAt, lastDestroyed } = keys
  const today = new Date(at).toISOString().slice(0, 10)
  const time = (instant: number) => `${formatDate(instant, language)} ${formatTime(instant)}`
  return (
    <>
      <p className="soft">{t('privacy.keysWhy')}</p>
      {days.length === 0 && <p>{t('privacy.keysNone')}</p>}
      {days.length > 0 && (
        <dl className="fact-list">
          {days.map((day) => (
            <div key={day}>
              <dt>{t('privacy.keyOf', { day })}</dt>
              <dd>{day === today ? t('privacy.keyEnds', { time: time(endsAt) }) : t('privacy.keyWaits')}</dd>
            </div>
          ))}
        </dl>
      )}
      <p>
        {lastDestroyed
          ? t('privacy.destroyed', { day: lastDestroyed.day, time: time(lastDestroyed.at) })
          : t('privacy.destroyedNone')}
      </p>
      <p className="l">{t('privacy.keyNever')}</p>
    </>
  )
}

function Timers({ view: { timers } }: { readonly view: PrivacyView }) {
  const { t } = useWords()
  return (
    <dl className="fact-list">
      {timers.map(({ what, keptMs }) => (
        <div key={what}>
          <dt>{t(`privacy.timer.${what}`)}</dt>
          <dd>{formatSpan(keptMs, t)}</dd>
        </div>
      ))}
    </dl>
  )
}
