import type { EventView } from '@quartier/contracts/api'
import { EVENT_GROUPS, EVENT_KINDS, type EventKind, SEVERITIES, type Severity } from '@quartier/contracts/events'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { select, useSelection } from '../../desk-state.ts'
import { type EventFilter, HOUR_MS, NO_FILTER, SPANS_MS } from '../../events/event-filter.ts'
import { EventMark } from '../../events/event-mark.tsx'
import { useEventList } from '../../events/use-events.ts'
import { eventDetails, eventName, groupName } from '../../i18n/event-words.ts'
import { formatAge, formatNumber, formatTime } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { useNow, useRegistry } from '../../live/hooks.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { assetWords, placeWords } from '../words.ts'
import './events.css'

/** What happened, newest first, with a way to find it. */
export function EventsPanel({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWords()
  const [filter, setFilter] = useState<EventFilter>(NO_FILTER)
  const list = useEventList(useDeferredValue(filter))
  return (
    <section id="list" className="panel list events" aria-label={t('events.title')}>
      {tabs}
      <Filters filter={filter} onFilter={setFilter} />
      <div className="scroll" id="event-rows" tabIndex={-1}>
        {list.events.length > 0 && (
          <ol className="rows">
            {list.events.map((event) => (
              <EventRow key={event.id} event={event} />
            ))}
          </ol>
        )}
        {list.error && (
          <div className="panel-state" role="alert">
            <b>{t('events.error')}</b>
            <span className="soft">{errorWords(list.error, t)}</span>
            <button type="button" className="btn" onClick={list.retry}>
              {t('state.retry')}
            </button>
          </div>
        )}
        {!list.error && list.loading && list.events.length === 0 && <Loading label={t('events.loading')} />}
        {!list.error && !list.loading && list.events.length === 0 && (
          <p className="empty">
            <b>{t('events.empty')}</b>
            <span className="soft">{t('events.emptySub')}</span>
          </p>
        )}
        {list.hasMore && (
          <p className="more">
            <button type="button" className="btn" disabled={list.loading} onClick={list.more}>
              {t('events.older')}
            </button>
          </p>
        )}
      </div>
      <p className="count l" role="status">
        {t('events.count', { n: formatNumber(list.events.length) })}
      </p>
    </section>
  )
}

interface FiltersProps {
  readonly filter: EventFilter
  onFilter(filter: EventFilter): void
}

function Filters({ filter, onFilter }: FiltersProps) {
  const { t, language } = useWords()
  const { zones } = useRegistry()
  const change = (part: Partial<EventFilter>) => onFilter({ ...filter, ...part })
  return (
    <search className="event-filters">
      <input
        type="search"
        value={filter.text}
        maxLength={200}
        aria-label={t('events.search')}
        placeholder={t('events.search')}
        onChange={(event) => change({ text: event.target.value })}
      />
      <select
        aria-label={t('events.kind')}
        value={filter.kind}
        onChange={(event) => change({ kind: event.target.value as EventFilter['kind'] })}
      >
        <option value="">{t('events.allKinds')}</option>
        {EVENT_GROUPS.map((group) => (
          <optgroup key={group} label={groupName(group, language)}>
            <option value={`group:${group}`}>{t('events.allOf', { group: groupName(group, language) })}</option>
            {KINDS_BY_GROUP[group]?.map((kind) => (
              <option key={kind} value={kind}>
                {eventName(kind, language)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <select aria-label={t('events.zone')} value={filter.zoneId} onChange={(e) => change({ zoneId: e.target.value })}>
        <option value="">{t('events.allZones')}</option>
        {zones.map((zone) => (
          <option key={zone.id} value={zone.id}>
            {nameIn(language, zone)}
          </option>
        ))}
      </select>
      <select
        aria-label={t('events.severity')}
        value={filter.severity}
        onChange={(event) => change({ severity: event.target.value as Severity })}
      >
        {SEVERITIES.map((severity) => (
          <option key={severity} value={severity}>
            {t(`events.from.${severity}`)}
          </option>
        ))}
      </select>
      <select
        aria-label={t('events.span')}
        value={filter.spanMs}
        onChange={(event) => change({ spanMs: Number(event.target.value) })}
      >
        {SPANS_MS.map((spanMs) => (
          <option key={spanMs} value={spanMs}>
            {spanMs === HOUR_MS ? t('events.hour') : t('events.days', { n: spanMs / (24 * HOUR_MS) })}
          </option>
        ))}
      </select>
    </search>
  )
}

const KINDS_BY_GROUP = Object.groupBy(Object.keys(EVENT_KINDS) as EventKind[], (kind) => EVENT_KINDS[kind].group)

function EventRow({ event }: { readonly event: EventView }) {
  const { t, language } = useWords()
  const now = useNow()
  const registry = useRegistry()
  const selection = useSelection()
  const { kind, severity, assetId, measuredAt, device } = event
  const asset = assetId === null ? undefined : registry.assetById.get(assetId)
  const details = useMemo(() => eventDetails(event, language, t), [event, language, t])
  const where = asset
    ? [assetWords(asset, undefined, language), placeWords(registry, asset.placeId, language)].filter(Boolean).join(', ')
    : device
  const selected = selection?.type === 'asset' && selection.id === assetId
  return (
    <li>
      <button
        type="button"
        className="row event-row"
        aria-current={selected || undefined}
        data-row={event.id}
        disabled={!asset}
        onClick={() => asset && select({ type: 'asset', id: asset.id })}
      >
        <EventMark kind={kind} severity={severity} />
        <span className="ti" dir="auto">
          {eventName(kind, language)}
          {severity !== 'info' && <span className="l severity">{t(`events.${severity}`)}</span>}
        </span>
        <time className="v" dateTime={new Date(measuredAt).toISOString()}>
          {formatTime(measuredAt, true)}
        </time>
        <span className="sub">
          {details && <bdi className="details">{details}</bdi>}
          <bdi>{where}</bdi>
        </span>
        <span className="age">{formatAge(now - measuredAt, t)}</span>
      </button>
    </li>
  )
}
