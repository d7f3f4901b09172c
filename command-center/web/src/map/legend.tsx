import type { ReactNode } from 'react'
import { EventMark } from '../events/event-mark.tsx'
import { useWords } from '../i18n/translate.ts'

/** How the marks that are on the map now are read. */
export function Legend({ close, children }: { close: boolean; children: ReactNode }) {
  const { t } = useWords()
  return (
    <div className="legend chip">
      <ul aria-label={t('legend.title')}>
        {close ? (
          <>
            <li>
              <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
                <circle r="3" className="fill-ink-3" />
              </svg>
              {t('legend.dot')}
            </li>
            <li>
              <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
                <circle r="5.4" className="ring-hatch" />
                <path d="M-4 2L2 -4M-2 4L4 -2" className="ring-hatch" />
              </svg>
              {t('legend.stale')}
            </li>
            <li>
              <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
                <circle r="5.4" className="ring-ink" />
                <circle r="2.6" className="fill-ink-1" />
              </svg>
              {t('legend.look')}
            </li>
          </>
        ) : (
          <li>
            <svg width="20" height="20" viewBox="-10 -10 20 20" aria-hidden="true">
              <circle r="9" className="ring-disc" />
              <path d="M0 -7A7 7 0 1 1 -7 0" className="ring-ink-3" />
              <path d="M-7.5 -1L-1 -7.5M-6 -4L-4 -6" className="ring-hatch" />
            </svg>
            {t('legend.cluster')}
          </li>
        )}
        <li>
          {close && <EventMark kind="motion" severity="info" />}
          <EventMark kind="door-forced" severity="warning" />
          {t(close ? 'legend.events' : 'legend.eventsAfar')}
        </li>
        <li className="ramp" title={t('legend.service')}>
          <span className="scale-of-service">
            {(['a', 'b', 'c', 'd', 'e', 'f'] as const).map((letter) => (
              <span key={letter} data-service={letter}>
                {letter.toUpperCase()}
              </span>
            ))}
          </span>
          {t('legend.service')}
        </li>
        <li>
          <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
            <path d="M-6 6L6 -6M-6 1L1 -6M-1 6L6 -1" className="ring-hatch" />
          </svg>
          {t('legend.blind')}
        </li>
      </ul>
      {children}
    </div>
  )
}
