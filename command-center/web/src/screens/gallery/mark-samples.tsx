import { SEVERITIES } from '@quartier/contracts/events'
import { Fragment } from 'react'
import { EventMark } from '../../events/event-mark.tsx'
import { useWords } from '../../i18n/translate.ts'
import {
  AlarmGlyph,
  Brackets,
  ClusterMark,
  CoverageBar,
  GLYPH_STATES,
  LosChip,
  PRIORITIES,
  SERVICE_LEVELS,
  SpanBracket,
  ViewCone,
} from '../../ui/marks.tsx'
import { Sample } from './sample.tsx'

const SHARES = [
  [98, 2],
  [61, 22],
  [0, 35],
] as const
/** One of each outline. */
const EVENTS = ['line-crossed', 'door-forced', 'lift-fault', 'wrong-way', 'device-health', 'vendor'] as const

export function MarkSamples() {
  const { t } = useWords()
  return (
    <>
      <Sample title={t('gallery.alarms')}>
        <div className="glyph-grid">
          <span />
          {GLYPH_STATES.map((state) => (
            <span key={state} className="l">
              {t(`glyph.${state}`)}
            </span>
          ))}
          {PRIORITIES.map((priority) => (
            <Fragment key={priority}>
              <span className="l">{t(`priority.${priority}`)}</span>
              {GLYPH_STATES.map((state) => (
                <AlarmGlyph key={state} priority={priority} state={state} size={24} />
              ))}
            </Fragment>
          ))}
        </div>
      </Sample>
      <Sample title={t('gallery.map')}>
        <div className="row-of-samples">
          <ClusterMark count="5.3k" share={1} label={t('gallery.cluster')} />
          <ClusterMark count="5.3k" share={0.61} worst="M" label={t('gallery.cluster')} />
          <ClusterMark count="412" share={0.98} worst="C" label={t('gallery.cluster')} />
          <ClusterMark count="412" share={0} worst="L" label={t('gallery.cluster')} />
          <Brackets />
          <ViewCone />
          <ViewCone ill />
          <span className="los-row">
            {SERVICE_LEVELS.map((level) => (
              <LosChip key={level} level={level} />
            ))}
          </span>
        </div>
      </Sample>
      <Sample title={t('coverage.title')}>
        <div className="cover-samples">
          {SHARES.map(([observed, estimated]) => (
            <CoverageBar
              key={observed}
              observed={observed}
              estimated={estimated}
              label={`${observed} / ${estimated} / ${100 - observed - estimated} %`}
            />
          ))}
          <SpanBracket from={0.1} to={0.42} name={t('gallery.span')} />
        </div>
      </Sample>
      <Sample title={t('list.events')}>
        <div className="row-of-samples">
          {SEVERITIES.map((severity) => (
            <EventMark key={severity} kind="device-health" severity={severity} />
          ))}
          {EVENTS.map((kind) => (
            <EventMark key={kind} kind={kind} severity="notice" />
          ))}
        </div>
      </Sample>
    </>
  )
}
