import type { ReceiptsView } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchReceiptBook } from '../../api/operations.ts'
import { formatNumber, formatTime } from '../../i18n/format.ts'
import { type MessageKey, type Translate, useWords } from '../../i18n/translate.ts'
import { type Column, DataTable, Pages } from '../../ui/data-table.tsx'
import { Num } from '../../ui/num.tsx'
import { Part } from '../../ui/part.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'

type Camera = ReceiptsView['cameras'][number]
type Receipt = ReceiptsView['receipts'][number]
type Removed = Camera['removed']

const REFRESH_MS = 5_000
const PAGE = 50

/** What was removed, by camera, and minute by minute. */
export function Receipts({ minutes }: { readonly minutes: number }) {
  const { t } = useWords()
  const [skip, setSkip] = useState(0)
  const [skipCameras, setSkipCameras] = useState(0)
  const [only, setOnly] = useState<Camera>()
  const query = new URLSearchParams({
    minutes: String(minutes),
    limit: String(PAGE),
    skip: String(skip),
    cameras: String(PAGE),
    skipCameras: String(skipCameras),
  })
  if (only) {
    query.set('source', only.source)
    query.set('camera', only.camera)
  }
  const request = useRequest(`receipts ${query}`, (signal) => fetchReceiptBook(query, signal), REFRESH_MS)
  const nameOf = (camera: string) => camera || t('privacy.cameraUnknown')
  const choose = (camera: Camera | undefined) => {
    setOnly(camera)
    setSkip(0)
    setSkipCameras(0)
  }
  const cameras: readonly Column<Camera>[] = [
    {
      name: 'camera',
      title: t('privacy.camera'),
      cell: (row) => (
        <>
          <button
            type="button"
            className="link clip"
            aria-label={t('privacy.only', { name: nameOf(row.camera) })}
            onClick={() => choose(row)}
          >
            <bdi>{nameOf(row.camera)}</bdi>
          </button>
          <bdi className="l clip">{row.source}</bdi>
        </>
      ),
    },
    { name: 'what', title: t('privacy.what'), width: '46%', cell: ({ removed }) => <Kinds removed={removed} /> },
    {
      name: 'count',
      title: t('privacy.count'),
      width: '14%',
      numeric: true,
      cell: ({ removed }) => <Num>{formatNumber(total(removed))}</Num>,
    },
  ]
  const receipts: readonly Column<Receipt>[] = [
    {
      name: 'minute',
      title: t('privacy.minute'),
      width: '88px',
      cell: ({ minute }) => <Num>{formatTime(minute)}</Num>,
    },
    { name: 'camera', title: t('privacy.camera'), cell: ({ camera }) => <bdi className="clip">{nameOf(camera)}</bdi> },
    { name: 'what', title: t('privacy.what'), width: '46%', cell: ({ removed }) => <Kinds removed={removed} /> },
    {
      name: 'count',
      title: t('privacy.count'),
      width: '14%',
      numeric: true,
      wide: true,
      cell: ({ removed }) => <Num>{formatNumber(total(removed))}</Num>,
    },
  ]
  return (
    <Asked request={request}>
      {(view) =>
        view.totals.receipts > 0 && (
          <>
            <Part
              title={t('privacy.cameras')}
              end={
                only && (
                  <button type="button" className="btn" onClick={() => choose(undefined)}>
                    {t('privacy.all')}
                  </button>
                )
              }
            >
              <DataTable
                label={t('privacy.cameras')}
                columns={cameras}
                rows={view.cameras}
                keyOf={({ source, camera }) => `${source} ${camera}`}
              />
              <Pages
                skip={skipCameras}
                shown={view.cameras.length}
                total={view.totals.cameras}
                page={PAGE}
                onSkip={setSkipCameras}
              />
            </Part>
            <Part title={t('privacy.minutes')}>
              <DataTable
                label={t('privacy.minutes')}
                columns={receipts}
                rows={view.receipts}
                keyOf={({ source, camera, minute }) => `${minute} ${source} ${camera}`}
              />
              <Pages
                skip={skip}
                shown={view.receipts.length}
                total={view.totals.receipts}
                page={PAGE}
                onSkip={setSkip}
              />
            </Part>
          </>
        )
      }
    </Asked>
  )
}

const total = (removed: Removed): number => Object.values(removed).reduce((sum, n) => sum + (n ?? 0), 0)

/** `Faces 12, Plates 3`. */
function Kinds({ removed }: { readonly removed: Removed }) {
  const { t } = useWords()
  return <span className="kinds">{kindsOf(removed, t)}</span>
}

const kindsOf = (removed: Removed, t: Translate): string =>
  Object.entries(removed)
    .map(([kind, n]) => `${t(`removed.${kind}` as MessageKey)}: \u2068${formatNumber(n ?? 0)}\u2069`)
    .join(t('privacy.comma'))
