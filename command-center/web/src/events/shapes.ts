import type { EventGroup, Severity } from '@quartier/contracts/events'

/**
 * What an event belongs to is told by its shape, in a field of ±7; how bad it is by ink and size, never by colour alone.
 * The same outlines serve the list and the map.
 */
export const EVENT_SHAPES: Readonly<Record<EventGroup, string>> = {
  /** A view cone. */
  camera: 'M-5.5 0L5 -5.5V5.5Z',
  /** A door in its frame. */
  access: 'M-4 6V-6H4V6Z',
  /** A gable. */
  building: 'M-5.5 5.5V-1L0 -6L5.5 -1V5.5Z',
  /** A traffic sign on its corner. */
  traffic: 'M0 -6.2L6.2 0L0 6.2L-6.2 0Z',
  /** A box with a notch: a unit in a rack. */
  device: 'M-5.5 -4H5.5V4H1.8V1.4H-1.8V4H-5.5Z',
  /** A hexagon: whatever its maker says. */
  vendor: 'M-3 -5.4H3L6 0L3 5.4H-3L-6 0Z',
}

/** Bad enough to be drawn from afar. */
export const isNotable = (severity: Severity): boolean => severity !== 'info'
/** Bad enough to be filled with ink. */
export const isFilled = (severity: Severity): boolean => severity === 'warning' || severity === 'critical'
