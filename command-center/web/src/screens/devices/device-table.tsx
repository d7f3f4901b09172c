import type { DevicesView } from '@quartier/contracts/api'
import { useDeferredValue, useState } from 'react'
import { fetchDevices } from '../../api/client.ts'
import { formatAge, formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useNow } from '../../live/hooks.ts'
import { type Column, DataTable, Pages } from '../../ui/data-table.tsx'
import { Choice, SearchField } from '../../ui/fields.tsx'
import { Num } from '../../ui/num.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { ShutOut } from './shut-out.tsx'

type Device = DevicesView['devices'][number]

const REFRESH_MS = 10_000
const PAGE = 50
const SHOWN = ['all', 'silent', 'registered'] as const
type Shown = (typeof SHOWN)[number]

/** Every device with when it was last heard and how much it says, found by name and page by page. */
export function DeviceTable({ administers }: { readonly administers: boolean }) {
  const { t } = useWords()
  const [text, setText] = useState('')
  const [show, setShow] = useState<Shown>('all')
  const [skip, setSkip] = useState(0)
  const [leaving, setLeaving] = useState<string>()
  const query = new URLSearchParams({ text: useDeferredValue(text.trim()), show, skip: String(skip), limit: `${PAGE}` })
  const request = useRequest(query.toString(), (signal) => fetchDevices(query, signal), REFRESH_MS)
  const columns = useColumns(administers ? setLeaving : undefined)
  const find = (act: () => void) => {
    act()
    setSkip(0)
  }
  return (
    <>
      <search className="find">
        <SearchField label={t('devices.search')} value={text} onChange={(next) => find(() => setText(next))} />
        <Choice
          bare
          label={t('devices.show')}
          value={show}
          options={SHOWN.map((one) => [one, t(`devices.show.${one}`)])}
          onChange={(next) => find(() => setShow(next))}
        />
      </search>
      {leaving !== undefined && (
        <ShutOut
          key={leaving}
          name={leaving}
          onEnd={() => {
            setLeaving(undefined)
            request.retry()
          }}
        />
      )}
      <Asked request={request}>
        {({ devices, matching, total }) => (
          <>
            {matching === 0 && <p className="empty soft">{t(total === 0 ? 'devices.none' : 'devices.noneFound')}</p>}
            {devices.length > 0 && (
              <DataTable
                label={t('screen.devices')}
                className="list"
                columns={columns}
                rows={devices}
                keyOf={({ kind, id }) => `${kind} ${id}`}
                rowProps={({ id }) => ({ 'data-device': id })}
              />
            )}
            <Pages skip={skip} shown={devices.length} total={matching} page={PAGE} onSkip={setSkip} />
          </>
        )}
      </Asked>
    </>
  )
}

function useColumns(onLeave: ((name: string) => void) | undefined): readonly Column<Device>[] {
  const { t } = useWords()
  const columns: Column<Device>[] = [
    { name: 'device', title: t('mappings.deviceName'), cell: (device) => <Name device={device} /> },
    { name: 'lastSeen', title: t('devices.lastSeen'), width: '18%', cell: (device) => <LastSeen device={device} /> },
    {
      name: 'lastHour',
      title: t('devices.lastHour'),
      width: '15%',
      numeric: true,
      wide: true,
      cell: ({ lastHour }) => lastHour !== null && <Num>{formatNumber(lastHour)}</Num>,
    },
    {
      name: 'principal',
      title: t('devices.getsInAs'),
      width: '22%',
      wide: true,
      cell: ({ principal }) =>
        principal ? (
          <>
            <bdi className="clip" title={principal.name}>
              {principal.name}
            </bdi>
            {!principal.enabled && <span className="l">{t('devices.disabled')}</span>}
          </>
        ) : (
          <span className="l">{t('devices.noName')}</span>
        ),
    },
  ]
  if (onLeave)
    columns.push({
      name: 'shutOut',
      title: t('devices.shutOut'),
      width: '116px',
      numeric: true,
      bare: true,
      cell: ({ kind, principal }) =>
        principal &&
        (kind !== 'device' || principal.kind === 'device') && (
          <button
            type="button"
            className="btn"
            aria-label={t('devices.shutOutOne', { name: principal.name })}
            onClick={() => onLeave(principal.name)}
          >
            {t('devices.shutOut')}
          </button>
        ),
    })
  return columns
}

function Name({ device: { id, kind, series, lastHour } }: { readonly device: Device }) {
  const { t } = useWords()
  return (
    <>
      <bdi className="clip id" title={id}>
        {id}
      </bdi>
      <span className="l">
        {kind !== 'device' && `${t(`devices.kind.${kind}`)}, `}
        {t('devices.series', { n: formatNumber(series) })}
      </span>
      {lastHour !== null && (
        <span className="l on-phone">{t('devices.lastHourOf', { n: formatNumber(lastHour) })}</span>
      )}
    </>
  )
}

function LastSeen({ device: { lastAt, isSilent } }: { readonly device: Device }) {
  const { t } = useWords()
  const now = useNow()
  if (lastAt === null) return <span className="l">{t('devices.never')}</span>
  return (
    <>
      <span className={isSilent ? 'age strong' : 'age'}>{formatAge(now - lastAt, t)}</span>
      {isSilent && <span className="l hatch-tag">{t('devices.silent')}</span>}
    </>
  )
}
