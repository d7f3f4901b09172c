import type { ImportPreviewView } from '@quartier/contracts/api'
import { useId, useRef, useState } from 'react'
import { type ImportReport, importFile, previewImport } from '../../api/registry.ts'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Num } from '../../ui/num.tsx'
import { Problem, Said } from '../../ui/said.tsx'
import { useCommand } from '../../ui/use-command.ts'
import { download, refusalsCsv } from './refusals.ts'

/** A file for the registry: what it would do is shown before anything is kept. */
export function ImportFile() {
  const { t } = useWords()
  const [file, setFile] = useState<File>()
  const [preview, setPreview] = useState<ImportPreviewView>()
  const [report, setReport] = useState<ImportReport>()
  const { busy, problem, run } = useCommand()
  const input = useRef<HTMLInputElement>(null)
  const id = useId()

  const look = (chosen: File) => {
    setFile(chosen)
    setPreview(undefined)
    setReport(undefined)
    void run(`preview ${chosen.name} ${chosen.lastModified}`, async () => setPreview(await previewImport(chosen)))
  }
  const keep = (chosen: File) =>
    run(`import ${chosen.name} ${chosen.lastModified}`, async (key) => {
      setReport(await importFile(chosen, key))
      setPreview(undefined)
    })
  const again = () => {
    setFile(undefined)
    setPreview(undefined)
    setReport(undefined)
    if (input.current) input.current.value = ''
    input.current?.click()
  }
  return (
    <>
      <p className="soft intro">{t('import.intro')}</p>
      <p className="choose">
        <input
          ref={input}
          className="vh"
          id={id}
          type="file"
          accept=".csv,.json,.geojson,text/csv,application/geo+json"
          onChange={(event) => {
            const chosen = event.target.files?.[0]
            if (chosen) look(chosen)
          }}
        />
        <label htmlFor={id} className="btn primary">
          {t(file ? 'import.other' : 'import.choose')}
        </label>
        <span className="l">{t('import.format')}</span>
      </p>
      <Problem>{problem}</Problem>
      {busy && file && <Loading label={t(preview ? 'import.busy' : 'import.looking', { name: file.name })} />}
      {file && preview && <Preview name={file.name} preview={preview} busy={busy} onImport={() => void keep(file)} />}
      {file && report && <Report name={file.name} report={report} onAgain={again} />}
    </>
  )
}

interface PreviewProps {
  readonly name: string
  readonly preview: ImportPreviewView
  readonly busy: boolean
  onImport(): void
}

const KINDS = ['places', 'assets', 'series'] as const

function Preview({ name, preview, busy, onImport }: PreviewProps) {
  const { t } = useWords()
  const { added, changed, changes, examined, complete, accepted } = preview
  type Row = { kind: (typeof KINDS)[number] }
  const counts: readonly Column<Row>[] = [
    { name: 'kind', title: t('import.kind'), cell: ({ kind }) => t(`import.kind.${kind}`) },
    {
      name: 'added',
      title: t('import.add'),
      numeric: true,
      cell: ({ kind }) => <Num>{formatNumber(added[kind])}</Num>,
    },
    {
      name: 'changed',
      title: t('import.change'),
      numeric: true,
      cell: ({ kind }) => <Num>{formatNumber(changed[kind])}</Num>,
    },
  ]
  type Change = ImportPreviewView['changes'][number]
  const rows: readonly Column<Change>[] = [
    {
      name: 'id',
      title: t('import.kind'),
      width: '40%',
      cell: ({ id, kind }) => (
        <>
          <bdi className="clip" title={id}>
            {id}
          </bdi>
          <span className="l">{kind === 'place' ? t('registry.place') : t(`kind.${kind}`)}</span>
        </>
      ),
    },
    {
      name: 'change',
      title: t('import.field'),
      cell: ({ change, fields }) =>
        change === 'added' ? t('import.added') : <Fields fields={fields} nothing={t('import.nothing')} />,
    },
  ]
  const nothing = changes.length === 0
  return (
    <section aria-label={t('import.preview', { name })}>
      <h2 className="sec">{t('import.preview', { name })}</h2>
      {!complete && <p className="strong">{t('import.previewPart', { n: formatNumber(examined) })}</p>}
      <DataTable
        label={t('import.preview', { name })}
        className="counts"
        columns={counts}
        rows={KINDS.map((kind) => ({ kind }))}
        keyOf={({ kind }) => kind}
      />
      {nothing && <p className="soft">{t('import.previewNothing')}</p>}
      <Refusals name={name} refused={preview.refused} more={preview.refusedMore} isPreview />
      <p className="form-actions">
        <button type="button" className="btn primary" disabled={busy || accepted === 0} onClick={onImport}>
          {t('import.do')}
        </button>
      </p>
      {!nothing && (
        <>
          <h3 className="sec">{t('import.changes')}</h3>
          <DataTable
            label={t('import.changes')}
            columns={rows}
            rows={changes}
            keyOf={({ kind, id }) => `${kind} ${id}`}
          />
        </>
      )}
    </section>
  )
}

interface FieldsProps {
  readonly fields: ImportPreviewView['changes'][number]['fields']
  readonly nothing: string
}

function Fields({ fields, nothing }: FieldsProps) {
  const { t } = useWords()
  return (
    <ul className="fields">
      {fields.map(({ name, before, after }) => (
        <li key={name}>
          <bdi className="l">{name}</bdi> {t('import.from', { before: before || nothing, after: after || nothing })}
        </li>
      ))}
    </ul>
  )
}

interface RefusalsProps {
  readonly name: string
  readonly refused: readonly { readonly line: number; readonly reason: string }[]
  readonly more: number
  readonly isPreview?: boolean
}

const LISTED = 50

/** Which lines cannot be used, each with the reason, and as a file to mend them by. */
function Refusals({ name, refused, more, isPreview = false }: RefusalsProps) {
  const { t } = useWords()
  const total = refused.length + more
  if (total === 0) return isPreview ? <p className="soft">{t('import.refusedNone')}</p> : null
  const columns: readonly Column<(typeof refused)[number]>[] = [
    { name: 'line', title: t('import.line'), width: '140px', cell: ({ line }) => <Num>{formatNumber(line)}</Num> },
    {
      name: 'reason',
      title: t('import.reason'),
      cell: ({ reason }) => (
        <bdi className="reason" dir="ltr" lang="en">
          {reason}
        </bdi>
      ),
    },
  ]
  return (
    <>
      <p className="refused">
        <b>{t(isPreview ? 'import.refusedCount' : 'import.doneRefused', { n: formatNumber(total) })}</b>
        <button
          type="button"
          className="btn"
          onClick={() => download(`${name.replace(/\.[^.]*$/, '')}-refused.csv`, refusalsCsv(refused, more))}
        >
          {t('import.report')}
        </button>
      </p>
      <DataTable
        label={t('import.refused')}
        className="refusals"
        columns={columns}
        rows={refused.slice(0, LISTED)}
        keyOf={({ line, reason }) => `${line} ${reason}`}
      />
      {total > LISTED && <p className="l">{t('import.more', { n: formatNumber(total - LISTED) })}</p>}
    </>
  )
}

interface ReportProps {
  readonly name: string
  readonly report: ImportReport
  onAgain(): void
}

function Report({ name, report, onAgain }: ReportProps) {
  const { t } = useWords()
  return (
    <section aria-label={name}>
      <Said>
        <b>{t('import.done', { n: formatNumber(report.accepted), name })}</b>
      </Said>
      <Refusals name={name} refused={report.refused} more={report.refusedMore} />
      <p className="form-actions">
        <button type="button" className="btn" onClick={onAgain}>
          {t('import.other')}
        </button>
      </p>
    </section>
  )
}
