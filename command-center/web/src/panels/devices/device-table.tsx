import type { DevicesView } from '@quartier/contracts/api'
import { useDeferredValue, useState } from 'react'
import { fetchDevices } from '../../api/client.ts'
import { formatAge, formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useNow } from '../../live/hooks.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { Num } from '../../ui/num.tsx'
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
  const { data } = request
  const find = (act: () => void) => {
    act()
    setSkip(0)
  }
  return (
    <>
      <search className="find">
        <input
          type="search"
          className="field"
          dir="auto"
          value={text}
          maxLength={200}
          aria-label={t('devices.search')}
          placeholder={t('devices.search')}
          onChange={(event) => find(() => setText(event.target.value))}
        />
        <select
          className="field"
          aria-label={t('devices.show')}
          value={show}
          onChange={(event) => find(() => setShow(event.target.value as Shown))}
        >
          {SHOWN.map((one) => (
            <option key={one} value={one}>
              {t(`devices.show.${one}`)}
            </option>
          ))}
        </select>
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
      {request.loading && <Loading label={t('state.loading')} />}
      {request.error && !data && (
        <div className="part-state" role="alert">
          <b>{errorWords(request.error, t)}</b>
          <button type="button" className="btn" onClick={request.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {data?.matching === 0 && (
        <p className="empty soft">{t(data.total === 0 ? 'devices.none' : 'devices.noneFound')}</p>
      )}
      {data && data.devices.length > 0 && (
        <table className="tbl list">
          <thead>
            <tr>
              <th>{t('mappings.deviceName')}</th>
              <th>{t('devices.lastSeen')}</th>
              <th className="n">{t('devices.lastHour')}</th>
              <th>{t('devices.getsInAs')}</th>
              {administers && (
                <th>
                  <span className="vh">{t('devices.shutOut')}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {data.devices.map((device) => (
              <Row key={`${device.kind} ${device.id}`} device={device} onLeave={administers ? setLeaving : undefined} />
            ))}
          </tbody>
        </table>
      )}
      {data && data.matching > 0 && (
        <p className="pages">
          <span className="l" role="status">
            {t('devices.page', {
              from: formatNumber(skip + 1),
              to: formatNumber(skip + data.devices.length),
              n: formatNumber(data.matching),
            })}
          </span>
          <button type="button" className="btn" disabled={skip === 0} onClick={() => setSkip(Math.max(0, skip - PAGE))}>
            {t('devices.previous')}
          </button>
          <button
            type="button"
            className="btn"
            disabled={skip + data.devices.length >= data.matching}
            onClick={() => setSkip(skip + PAGE)}
          >
            {t('devices.next')}
          </button>
        </p>
      )}
    </>
  )
}

interface RowProps {
  readonly device: Device
  readonly onLeave: ((name: string) => void) | undefined
}

function Row({ device, onLeave }: RowProps) {
  const { t } = useWords()
  const now = useNow()
  const { id, kind, series, lastAt, isSilent, lastHour, principal } = device
  return (
    <tr data-device={id}>
      <td>
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
      </td>
      <td>
        {lastAt === null ? (
          <span className="l">{t('devices.never')}</span>
        ) : (
          <span className={isSilent ? 'age strong' : 'age'}>{formatAge(now - lastAt, t)}</span>
        )}
        {isSilent && lastAt !== null && <span className="l hatch-tag">{t('devices.silent')}</span>}
      </td>
      <td className="n">{lastHour === null ? '' : <Num>{formatNumber(lastHour)}</Num>}</td>
      <td>
        {principal ? (
          <>
            <bdi className="clip" title={principal.name}>
              {principal.name}
            </bdi>
            {!principal.enabled && <span className="l">{t('devices.disabled')}</span>}
          </>
        ) : (
          <span className="l">{t('devices.noName')}</span>
        )}
      </td>
      {onLeave && (
        <td className="n">
          {principal && (kind !== 'device' || principal.kind === 'device') && (
            <button
              type="button"
              className="btn"
              aria-label={t('devices.shutOutOne', { name: principal.name })}
              onClick={() => onLeave(principal.name)}
            >
              {t('devices.shutOut')}
            </button>
          )}
        </td>
      )}
    </tr>
  )
}
