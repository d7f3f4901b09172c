import type { KeptMapping } from '@quartier/contracts/api'
import { formatDate, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'

interface Props {
  /** In the order in which gateways try them. */
  readonly mappings: readonly KeptMapping[]
  onEdit(mapping: KeptMapping): void
}

export function MappingsTable({ mappings, onEdit }: Props) {
  const { t, language } = useWords()
  const columns: readonly Column<KeptMapping>[] = [
    {
      name: 'name',
      title: t('mappings.name'),
      width: '30%',
      cell: ({ name, enabled }) => (
        <>
          <bdi className="clip" title={name}>
            {name}
          </bdi>
          <span className="l">{t(enabled ? 'mappings.on' : 'mappings.off')}</span>
        </>
      ),
    },
    {
      name: 'filter',
      title: t('mappings.filter'),
      cell: ({ filter }) => (
        <bdi className="code" dir="ltr">
          {filter}
        </bdi>
      ),
    },
    {
      name: 'changed',
      title: t('mappings.changed'),
      width: '22%',
      wide: true,
      cell: ({ changedAt, changedBy }) => (
        <>
          <span>
            <bdi>{formatTime(changedAt)}</bdi> <span className="l">{formatDate(changedAt, language)}</span>
          </span>
          <bdi className="l clip">{changedBy}</bdi>
        </>
      ),
    },
    {
      name: 'change',
      title: t('mappings.change'),
      width: '116px',
      numeric: true,
      bare: true,
      cell: (mapping) => (
        <button
          type="button"
          className="btn"
          aria-label={t('mappings.edit', { name: mapping.name })}
          onClick={() => onEdit(mapping)}
        >
          {t('mappings.change')}
        </button>
      ),
    },
  ]
  return (
    <DataTable
      label={t('screen.mappings')}
      columns={columns}
      rows={mappings}
      keyOf={({ name }) => name}
      rowProps={({ name, enabled }) => ({ 'data-mapping': name, className: enabled ? '' : 'mute' })}
    />
  )
}
