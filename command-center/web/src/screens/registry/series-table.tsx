import type { SeriesDefinition } from '@quartier/contracts/schemas'
import { useState } from 'react'
import { findSeries } from '../../api/registry.ts'
import { formatRange, formatSpan, unitSign } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { propertyName } from '../../i18n/vocabulary.ts'
import { type Column, CursorPages, DataTable } from '../../ui/data-table.tsx'
import { Said } from '../../ui/said.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { SeriesForm } from './series-form.tsx'

const PAGE = 100

interface Props {
  readonly query: Readonly<Record<string, string>>
  readonly label: string
  readonly mayEdit: boolean
}

/** Series that a query finds, in the order of their registration, page by page. */
export function SeriesTable({ query, label, mayEdit }: Props) {
  const { t } = useWords()
  /** Where the pages before this one began. */
  const [pages, setPages] = useState<readonly string[]>([])
  const [editing, setEditing] = useState<SeriesDefinition>()
  const [saved, setSaved] = useState('')
  const asked = new URLSearchParams({ ...query, limit: String(PAGE) })
  const after = pages.at(-1)
  if (after !== undefined) asked.set('after', after)
  const request = useRequest(`series ${asked}`, (signal) => findSeries(asked, signal))
  const columns = useColumns(mayEdit ? setEditing : undefined)
  return (
    <>
      {saved && <Said>{t('registry.saved', { name: saved })}</Said>}
      {editing && (
        <SeriesForm
          key={editing.key}
          series={editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setSaved(editing.key)
            setEditing(undefined)
            request.retry()
          }}
        />
      )}
      <Asked request={request}>
        {({ series, next }) => (
          <>
            {series.length === 0 && <p className="soft">{t('registry.seriesNone')}</p>}
            {series.length > 0 && <DataTable label={label} columns={columns} rows={series} keyOf={({ key }) => key} />}
            {(next !== null || pages.length > 0) && <CursorPages pages={pages} next={next} onPages={setPages} />}
          </>
        )}
      </Asked>
    </>
  )
}

function useColumns(onEdit: ((series: SeriesDefinition) => void) | undefined): readonly Column<SeriesDefinition>[] {
  const { t, language } = useWords()
  const columns: Column<SeriesDefinition>[] = [
    {
      name: 'key',
      title: t('registry.property'),
      cell: ({ key, property, status }) => (
        <>
          <span className="clip">
            {propertyName(property, language)}
            {status !== 'active' && <b>, {t(`registry.status.${status}`)}</b>}
          </span>
          <bdi className="l clip" title={key}>
            {key}
          </bdi>
        </>
      ),
    },
    {
      name: 'unit',
      title: t('registry.unit'),
      width: '16%',
      cell: ({ unit, sentUnit }) => (
        <>
          <bdi>{unitSign(unit)}</bdi>
          {sentUnit && <span className="l">{t('registry.sentIn', { unit: unitSign(sentUnit) })}</span>}
        </>
      ),
    },
    {
      name: 'range',
      title: t('registry.range'),
      width: '20%',
      wide: true,
      cell: ({ validMin, validMax, unit }) => <bdi>{formatRange(validMin, validMax, unit)}</bdi>,
    },
    {
      name: 'interval',
      title: t('registry.interval'),
      width: '17%',
      wide: true,
      cell: ({ intervalMs, learntIntervalMs }) => {
        if (intervalMs > 0) return formatSpan(intervalMs, t)
        if (!learntIntervalMs) return <span className="l">{t('registry.unknownInterval')}</span>
        return (
          <>
            {formatSpan(learntIntervalMs, t)} <span className="l">{t('registry.learnt')}</span>
          </>
        )
      },
    },
  ]
  if (onEdit)
    columns.push({
      name: 'edit',
      title: t('registry.edit'),
      width: '96px',
      numeric: true,
      bare: true,
      cell: (series) =>
        series.status !== 'quarantined' && (
          <button
            type="button"
            className="btn"
            aria-label={t('registry.editOne', { name: series.key })}
            onClick={() => onEdit(series)}
          >
            {t('registry.edit')}
          </button>
        ),
    })
  return columns
}
