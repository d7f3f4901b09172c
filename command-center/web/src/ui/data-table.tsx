import { type ReactNode, useMemo, useState } from 'react'
import { formatNumber } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import './data-table.css'

export interface Column<Row> {
  readonly name: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Figures stand at the end. */
  readonly numeric?: boolean
  /** As CSS writes it; columns without share what is left. */
  readonly width?: string
  /** The title is only told, not written: a column of buttons. */
  readonly bare?: boolean
  /** Left out on a phone. */
  readonly wide?: boolean
  /** Ascending; rows can be sorted by this column. */
  readonly order?: (a: Row, b: Row) => number
}

export interface Sorting {
  readonly by: string
  readonly descending: boolean
}

interface Props<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly className?: string
  /** Sorted by somebody else, as by the server; the table only shows and asks. */
  readonly sorting?: Sorting
  keyOf(row: Row): string
  /** More for the row's element, as `data-…` and `className`. */
  rowProps?(row: Row): object
  onSort?(sorting: Sorting): void
}

/** A table of hairlines: headings that sort where a column has an order, figures at the end. */
export function DataTable<Row>({ label, columns, rows, className = '', keyOf, rowProps, ...sort }: Props<Row>) {
  const [own, setOwn] = useState<Sorting>()
  const sorting = sort.sorting ?? own
  const onSort = sort.onSort ?? setOwn
  const shown = useMemo(() => (sort.onSort ? rows : sorted(rows, columns, own)), [rows, columns, own, sort.onSort])
  return (
    <table className={`tbl data ${className}`} aria-label={label}>
      <colgroup>
        {columns.map(({ name, width, wide }) => (
          <col key={name} className={wide ? 'wide-only' : ''} style={width ? { width } : undefined} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <Heading
              key={column.name}
              column={column}
              sorting={sorting}
              sortable={column.order !== undefined || (sort.onSort !== undefined && !column.bare)}
              onSort={onSort}
            />
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={keyOf(row)} {...rowProps?.(row)}>
            {columns.map(({ name, cell, numeric, wide }) => (
              <td key={name} data-column={name} className={classes(numeric, wide)}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface HeadingProps<Row> {
  readonly column: Column<Row>
  readonly sorting: Sorting | undefined
  readonly sortable: boolean
  onSort(sorting: Sorting): void
}

function Heading<Row>({ column, sorting, sortable, onSort }: HeadingProps<Row>) {
  const { name, title, numeric, wide, bare } = column
  const mine = sorting?.by === name ? sorting : undefined
  const direction = mine && (mine.descending ? 'descending' : 'ascending')
  return (
    <th className={classes(numeric, wide)} aria-sort={sortable ? (direction ?? 'none') : undefined}>
      {bare && <span className="vh">{title}</span>}
      {!bare && !sortable && title}
      {!bare && sortable && (
        <button
          type="button"
          onClick={() => onSort({ by: name, descending: mine ? !mine.descending : numeric === true })}
        >
          {title}
          <span className="direction" data-direction={direction} aria-hidden="true" />
        </button>
      )}
    </th>
  )
}

const classes = (numeric = false, wide = false): string | undefined =>
  [numeric && 'n', wide && 'wide-only'].filter(Boolean).join(' ') || undefined

/** Rows in the order that somebody asked for; as they came while nobody has. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sorting: Sorting | undefined) {
  const order = sorting && columns.find(({ name }) => name === sorting.by)?.order
  if (!order) return rows
  return rows.toSorted((a, b) => (sorting.descending ? order(b, a) : order(a, b)))
}

interface PagesProps {
  /** Rows before those that show. */
  readonly skip: number
  readonly shown: number
  readonly total: number
  readonly page: number
  onSkip(skip: number): void
}

/** Which part of a long list shows, and the way to the others. */
export function Pages({ skip, shown, total, page, onSkip }: PagesProps) {
  const { t } = useWords()
  if (total === 0) return null
  return (
    <Turning
      onPrevious={skip === 0 ? undefined : () => onSkip(Math.max(0, skip - page))}
      onNext={skip + shown >= total ? undefined : () => onSkip(skip + page)}
    >
      {t('pages.shown', { from: formatNumber(skip + 1), to: formatNumber(skip + shown), n: formatNumber(total) })}
    </Turning>
  )
}

interface CursorPagesProps {
  /** Where the pages after the first begin, up to the one that shows. */
  readonly pages: readonly string[]
  /** Where the next one begins; null: there is none. */
  readonly next: string | null
  readonly children?: ReactNode
  onPages(pages: readonly string[]): void
}

/** The way through a list whose pages are known one after the other. */
export function CursorPages({ pages, next, children, onPages }: CursorPagesProps) {
  return (
    <Turning
      onPrevious={pages.length === 0 ? undefined : () => onPages(pages.slice(0, -1))}
      onNext={next === null ? undefined : () => onPages([...pages, next])}
    >
      {children}
    </Turning>
  )
}

interface TurningProps {
  readonly children: ReactNode
  readonly onPrevious: (() => void) | undefined
  readonly onNext: (() => void) | undefined
}

/** No buttons where there is one page. */
function Turning({ children, onPrevious, onNext }: TurningProps) {
  const { t } = useWords()
  return (
    <p className="pages">
      <span className="l" role="status">
        {children}
      </span>
      {(onPrevious || onNext) && (
        <>
          <button type="button" className="btn" disabled={!onPrevious} onClick={onPrevious}>
            {t('pages.previous')}
          </button>
          <button type="button" className="btn" disabled={!onNext} onClick={onNext}>
            {t('pages.next')}
          </button>
        </>
      )}
    </p>
  )
}
