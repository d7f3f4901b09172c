import type { KeptMapping } from '@quartier/contracts/api'
import { formatDate, formatTime } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'

interface Props {
  /** In the order in which gateways try them. */
  readonly mappings: readonly KeptMapping[]
  onEdit(mapping: KeptMapping): void
}

export function MappingsTable({ mappings, onEdit }: Props) {
  const { t, language } = useWords()
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>{t('mappings.name')}</th>
          <th>{t('mappings.filter')}</th>
          <th>{t('mappings.changed')}</th>
          <th>
            <span className="vh">{t('mappings.change')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {mappings.map((mapping) => {
          const { name, filter, enabled, changedAt, changedBy } = mapping
          return (
            <tr key={name} data-mapping={name} className={enabled ? '' : 'mute'}>
              <td>
                <bdi className="clip" title={name}>
                  {name}
                </bdi>
                <span className="l">{t(enabled ? 'mappings.on' : 'mappings.off')}</span>
              </td>
              <td>
                <bdi className="code" dir="ltr">
                  {filter}
                </bdi>
              </td>
              <td>
                <span>
                  <bdi>{formatTime(changedAt)}</bdi> <span className="l">{formatDate(changedAt, language)}</span>
                </span>
                <bdi className="l clip">{changedBy}</bdi>
              </td>
              <td className="n">
                <button
                  type="button"
                  className="btn"
                  aria-label={t('mappings.edit', { name })}
                  onClick={() => onEdit(mapping)}
                >
                  {t('mappings.change')}
                </button>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
