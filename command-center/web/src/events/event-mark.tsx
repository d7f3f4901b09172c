import type { EventView } from '@quartier/contracts/api'
import { EVENT_KINDS } from '@quartier/contracts/events'
import { EVENT_SHAPES, isFilled } from './shapes.ts'
import './event-mark.css'

/** The symbol of an event, as on the map. */
export function EventMark({ kind, severity }: Pick<EventView, 'kind' | 'severity'>) {
  return (
    <svg className="event-mark" width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true">
      {severity === 'critical' && <circle r="8.2" className="ring" />}
      <path
        d={EVENT_SHAPES[EVENT_KINDS[kind].group]}
        className={isFilled(severity) ? 'filled' : 'open'}
        transform={severity === 'critical' ? 'scale(0.8)' : undefined}
      />
      {severity === 'notice' && <circle r="1.5" className="filled" />}
    </svg>
  )
}
