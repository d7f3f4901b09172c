import type { SilentView } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchSilent, fetchSilentSeries } from '../../api/operations.ts'
import { formatAge, formatNumber, formatSpan } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { type Column, DataTable, Pages } from '../../ui/data-table.tsx'
import { Choice } from '../../ui/fields.tsx'
import { Num } from '../../ui/num.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'

type Gateway = SilentView['gateways'][number]

const REFRESH_MS = 5_000
const PAGE = 50
const SERIES_PAGE = 20
const SHOWN = ['silent', 'all'] as const

/** Gateways with what is silent below them; the silent sensors of one on request. */
export function Silent() {
  const { t, language } = useWords()
  const [show, setShow] = useState<(typeof SHOWN)[number]>('silent')
  const [skip, setSkip] = useState(0)
  const [opened, setOpened] = useState<Gateway>()
  const query = new URLSearchParams({ show, skip: String(skip), limit: String(PAGE) })
  const request = useRequest(`silent ${query}`, (signal) => fetchSilent(query, signal), REFRESH_MS)
  const nameOf = (gateway: Gateway) => (gateway.id === null ? t('silent.noGateway') : nameIn(language, gateway))
  return (
    <>
      <p className="soft intro">{t('silent.intro')}</p>
      <div className="find">
        <Choice
          bare
          label={t('silent.show')}
          value={show}
          options={SHOWN.map((one) => [one, t(`silent.show.${one}`)])}
          onChange={(next) => {
            setShow(next)
            setSkip(0)
          }}
        />
      </div>
      {opened && <SilentSeries gateway={opened} name={nameOf(opened)} onClose={() => setOpened(undefined)} />}
      <Asked request={request}>
        {({ at, gateways, total, expected, silent }) => (
          <>
            <p className="soft">
              {expected === 0
                ? t('silent.noneAll')
                : silent === 0
                  ? t('silent.none')
                  : t('silent.sum', { silent: formatNumber(silent), expected: formatNumber(expected) })}
            </p>
            {gateways.length > 0 && <Gateways at={at} gateways={gateways} nameOf={nameOf} onOpen={setOpened} />}
            <Pages skip={skip} shown={gateways.length} total={total} page={PAGE} onSkip={setSkip} />
          </>
        )}
      </Asked>
    </>
  )
}

interface GatewaysProps {
  readonly at: number
  readonly gateways: readonly Gateway[]
  nameOf(gateway: Gateway): string
  onOpen(gateway: Gateway): void
}

function Gateways({ at, gateways, nameOf, onOpen }: GatewaysProps) {
  const { t } = useWords()
  const columns: readonly Column<Gateway>[] = [
    {
      name: 'gateway',
      title: t('silent.gateway'),
      cell: (gateway) => (
        <>
          <bdi className="clip">{nameOf(gateway)}</bdi>
          {gateway.id !== null && <bdi className="l clip">{gateway.id}</bdi>}
        </>
      ),
    },
    {
      name: 'reporting',
      title: t('silent.reporting'),
      width: '28%',
      wide: true,
      cell: ({ expected, silent }) => (
        <>
          <Num>{`${formatNumber(expected - silent)} / ${formatNumber(expected)}`}</Num>
          <Coverage share={expected === 0 ? 1 : (expected - silent) / expected} />
        </>
      ),
    },
    {
      name: 'last',
      title: t('silent.last'),
      width: '20%',
      cell: ({ lastAt, silent, expected }) => (
        <>
          {lastAt === null ? t('silent.never') : formatAge(at - lastAt, t)}
          {expected > 0 && silent === expected && <b className="hatch-tag">{t('silent.blind')}</b>}
        </>
      ),
    },
    {
      name: 'silent',
      title: t('silent.silent'),
      width: '116px',
      numeric: true,
      cell: (gateway) =>
        gateway.silent > 0 ? (
          <button
            type="button"
            className="btn"
            aria-label={`${formatNumber(gateway.silent)}, ${t('silent.open', { name: nameOf(gateway) })}`}
            onClick={() => onOpen(gateway)}
          >
            <Num>{formatNumber(gateway.silent)}</Num>
          </button>
        ) : (
          <Num>0</Num>
        ),
    },
  ]
  return (
    <DataTable
      label={t('platform.tab.silent')}
      className="gateways"
      columns={columns}
      rows={gateways}
      keyOf={({ id }) => id ?? ''}
      rowProps={({ id }) => ({ 'data-gateway': id ?? '' })}
    />
  )
}

/** What is heard as a line, what is silent as hatch of full height. */
const Coverage = ({ share }: { readonly share: number }) => (
  <svg className="coverage" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect className="heard" y="3" width={share * 100} height="2" />
    <rect className="silent" x={share * 100} width={(1 - share) * 100} height="8" />
  </svg>
)

interface SeriesProps {
  readonly gateway: Gateway
  readonly name: string
  onClose(): void
}

function SilentSeries({ gateway: { id }, name, onClose }: SeriesProps) {
  const { t } = useWords()
  const [skip, setSkip] = useState(0)
  const query = new URLSearchParams({ skip: String(skip), limit: String(SERIES_PAGE) })
  if (id !== null) query.set('gatewayId', id)
  const request = useRequest(`silent-series ${query}`, (signal) => fetchSilentSeries(query, signal))
  type Row = { key: string; intervalMs: number; lastAt: number | null; at: number }
  const columns: readonly Column<Row>[] = [
    {
      name: 'key',
      title: t('silent.sensor'),
      cell: ({ key }) => (
        <bdi className="clip" title={key}>
          {key}
        </bdi>
      ),
    },
    { name: 'every', title: t('silent.every'), width: '18%', wide: true, cell: (row) => formatSpan(row.intervalMs, t) },
    {
      name: 'last',
      title: t('silent.last'),
      width: '26%',
      cell: ({ lastAt, at }) => (lastAt === null ? t('silent.never') : formatAge(at - lastAt, t)),
    },
  ]
  return (
    <section className="opened" aria-label={t('silent.list', { name })}>
      <h2 className="sec">
        {t('silent.list', { name })}
        <span className="end">
          <button type="button" className="btn" onClick={onClose}>
            {t('silent.close')}
          </button>
        </span>
      </h2>
      <Asked request={request}>
        {({ series, total, at }) => (
          <>
            <DataTable
              label={t('silent.list', { name })}
              columns={columns}
              rows={series.map((s) => ({ ...s, at }))}
              keyOf={({ key }) => key}
            />
            <Pages skip={skip} shown={series.length} total={total} page={SERIES_PAGE} onSkip={setSkip} />
          </>
        )}
      </Asked>
    </section>
  )
}
