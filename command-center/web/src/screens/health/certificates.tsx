import type { HealthView } from '@quartier/contracts/api'
import { formatDate, formatNumber, formatSpan } from '../../i18n/format.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'

type Row = HealthView['certificates'][number]

const SOON_MS = 7 * 86_400_000

/** What is worth nothing before long, soonest first. */
export function Certificates({ health }: { readonly health: HealthView }) {
  const { t, language } = useWords()
  const { certificates, certificatesMore, realAt } = health
  if (certificates.length === 0) return <p className="soft">{t('platform.certificatesNone')}</p>
  const columns: readonly Column<Row>[] = [
    {
      name: 'name',
      title: t('platform.certificateName'),
      cell: ({ name, what }) => (
        <>
          <bdi className="clip">{name}</bdi>
          <span className="l">{t(`platform.certificate.${what}` as MessageKey)}</span>
        </>
      ),
    },
    {
      name: 'expires',
      title: t('platform.expires'),
      width: '55%',
      cell: ({ expiresAt }) => {
        const left = expiresAt - realAt
        const words =
          left < 0
            ? t('platform.expired', { age: formatSpan(-left, t) })
            : t('platform.expiresIn', { span: formatSpan(left, t) })
        return (
          <>
            <span className={left < SOON_MS ? 'strong' : undefined}>{words}</span>
            <span className="l">{formatDate(expiresAt, language)}</span>
          </>
        )
      },
    },
  ]
  return (
    <>
      <DataTable label={t('platform.certificates')} columns={columns} rows={certificates} keyOf={({ id }) => id} />
      {certificatesMore > 0 && (
        <p className="l below">{t('platform.certificatesMore', { n: formatNumber(certificatesMore) })}</p>
      )}
    </>
  )
}
