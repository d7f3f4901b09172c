import { useState } from 'react'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { type Column, DataTable, Pages } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Worth } from '../../ui/value.tsx'
import { Sample } from './sample.tsx'

interface Line {
  readonly id: string
  readonly readings: number
  readonly ageMs: number
  readonly stale: boolean
}

const LINES: readonly Line[] = [
  { id: 'cooling/ETS-07', readings: 7_204, ageMs: 4_000, stale: false },
  { id: 'lighting/street-12', readings: 312, ageMs: 1_980_000, stale: true },
  { id: 'water/meter-0412', readings: 60, ageMs: 22_000, stale: false },
]

/** Sorted by a click on its headings, page by page. */
export function TableSamples() {
  const { t } = useWords()
  const [skip, setSkip] = useState(0)
  const columns: readonly Column<Line>[] = [
    {
      name: 'device',
      title: t('mappings.deviceName'),
      order: (a, b) => a.id.localeCompare(b.id),
      cell: ({ id }) => <bdi>{id}</bdi>,
    },
    {
      name: 'lastSeen',
      title: t('devices.lastSeen'),
      order: (a, b) => a.ageMs - b.ageMs,
      cell: ({ ageMs, stale }) => <Worth ageMs={ageMs} stale={stale} />,
    },
    {
      name: 'readings',
      title: t('devices.lastHour'),
      numeric: true,
      wide: true,
      order: (a, b) => a.readings - b.readings,
      cell: ({ readings }) => <Num>{formatNumber(readings)}</Num>,
    },
  ]
  return (
    <Sample title={t('gallery.table')}>
      <DataTable label={t('gallery.table')} columns={columns} rows={LINES} keyOf={({ id }) => id} />
      <Pages skip={skip} shown={3} total={9} page={3} onSkip={setSkip} />
    </Sample>
  )
}
