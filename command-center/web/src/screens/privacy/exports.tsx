import { useState } from 'react'
import { type AuditEntry, fetchAudit } from '../../api/operations.ts'
import { formatDate, formatTime } from '../../i18n/format.ts'
import { type Translate, useWords } from '../../i18n/translate.ts'
import type { Language } from '../../theme/preferences.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'

/** Who took readings out of the platform, which and of what time: from the audit chain, newest first. */
export function Exports() {
  const { t, language } = useWords()
  const [before, setBefore] = useState<number>()
  const request = useRequest(`exports ${before}`, (signal) => fetchAudit('readings.export', before, signal))
  const columns: readonly Column<AuditEntry>[] = [
    {
      name: 'when',
      title: t('privacy.when'),
      width: '200px',
      cell: ({ at }) =>
        at !== undefined && (
          <>
            <Num>{formatTime(at, true)}</Num>
            <span className="l">{formatDate(at, language)}</span>
          </>
        ),
    },
    {
      name: 'who',
      title: t('privacy.who'),
      width: '22%',
      cell: ({ principal }) => <bdi className="clip">{principal}</bdi>,
    },
    {
      name: 'what',
      title: t('privacy.what'),
      cell: ({ after }) => (
        <>
          <bdi className="clip" title={whatOf(after)}>
            {whatOf(after)}
          </bdi>
          <span className="l clip">{rangeOf(after, t, language)}</span>
        </>
      ),
    },
  ]
  return (
    <Asked request={request}>
      {({ entries, next }) => (
        <>
          {entries.length === 0 && <p className="soft">{t('privacy.exportsNone')}</p>}
          {entries.length > 0 && (
            <DataTable
              label={t('privacy.exports')}
              columns={columns}
              rows={entries}
              keyOf={({ offset }) => String(offset)}
            />
          )}
          {next !== null && (
            <p className="pages">
              <span className="l" />
              <button type="button" className="btn" onClick={() => setBefore(next)}>
                {t('privacy.older')}
              </button>
            </p>
          )}
        </>
      )}
    </Asked>
  )
}

function whatOf(after: AuditEntry['after']): string {
  const { series, zoneId } = after ?? {}
  if (Array.isArray(series)) return series.join(', ')
  return String(series ?? zoneId ?? '')
}

function rangeOf(after: AuditEntry['after'], t: Translate, language: Language): string {
  const [from, to] = [after?.from, after?.to].map((at) => instantOf(at))
  if (from === undefined || to === undefined) return ''
  const words = (at: number) => `${formatDate(at, language)} ${formatTime(at)}`
  return t('privacy.whatRange', { from: words(from), to: words(to) })
}

/** An instant as it was asked for: epoch ms, or ISO 8601. */
function instantOf(asked: unknown): number | undefined {
  const at = /^-?\d+(\.\d+)?$/.test(String(asked)) ? Number(asked) : Date.parse(String(asked))
  return Number.isNaN(at) ? undefined : at
}
