import type { EventView } from '@quartier/contracts/api'
import { EVENT_GROUPS, EVENT_KINDS, type EventKind, SEVERITIES } from '@quartier/contracts/events'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { select, useSelection } from '../../desk-state.ts'
import { type EventFilter, HOUR_MS, NO_FILTER, SPANS_MS } from '../../events/event-filter.ts'
import { EventMark } from '../../events/event-mark.tsx'
import { useEventList } from '../../events/use-events.ts'
import { eventDetails, eventName, groupName } from '../../i18n/event-words.ts'
import { formatAge, formatNumber, formatTime } from '../../i18n/format.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { useAsset } from '../../live/assets.ts'
import { useNow, useRegistry } from '../../live/hooks.ts'
import { Choice, SearchField } from '../../ui/fields.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Empty, Failed } from '../../ui/states.tsx'
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
        {list.error && <Failed error={list.error} what={t('events.error')} retry={list.retry} />}
        {!list.error && list.loading && list.events.length === 0 && <Loading label={t('events.loading')} />}
        {!list.error && !list.loading && list.events.length === 0 && (
          <Empty title={t('events.empty')}>{t('events.emptySub')}</Empty>
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
      <SearchField label={t('events.search')} value={filter.text} onChange={(text) => change({ text })} />
      <select
        className="field"
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
      <Choice
        bare
        label={t('events.zone')}
        value={filter.zoneId}
        options={[['', t('events.allZones')], ...zones.map((zone) => [zone.id, nameIn(language, zone)] as const)]}
        onChange={(zoneId) => change({ zoneId })}
      />
      <Choice
        bare
        label={t('events.severity')}
        value={filter.severity}
        options={SEVERITIES.map((severity) => [severity, t(`events.from.${severity}`)])}
        onChange={(severity) => change({ severity })}
      />
      <Choice
        bare
        label={t('events.span')}
        value={String(filter.spanMs)}
        options={SPANS_MS.map((spanMs) => [
          String(spanMs),
          spanMs === HOUR_MS ? t('events.hour') : t('events.days', { n: spanMs / (24 * HOUR_MS) }),
        ])}
        onChange={(spanMs) => change({ spanMs: Number(spanMs) })}
      />
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
  const asset = useAsset(assetId)
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
        disabled={assetId === null || asset === null}
        onClick={() => assetId !== null && select({ type: 'asset', id: assetId })}
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
          <bdi className="clip" title={where}>
            {where}
          </bdi>
        </span>
        <span className="age">{formatAge(now - measuredAt, t)}</span>
      </button>
    </li>
  )
}
