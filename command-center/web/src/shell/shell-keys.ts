import { useEffect, useRef } from 'react'
import type { KnownScreen } from '../screens.ts'
import { goToScreen } from './travel.ts'

/** How long after `G` the number of a screen still counts. */
const CHORD_MS = 1500

interface Actions {
  readonly screens: readonly KnownScreen[]
  help(): void
}

/** Keys that work on every screen, except while somebody types: search, help, and `G` with the number of a screen. */
export function useShellKeys(actions: Actions): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    let chordAt = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return
      const { screens, help } = latest.current
      const chord = event.timeStamp - chordAt < CHORD_MS
      chordAt = event.key.toLowerCase() === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
      const screen = chord && screens.find(({ key }) => key === event.key)
      if (screen) goToScreen(screen.path)
      else if (event.key === '/') document.querySelector<HTMLElement>('#search')?.focus()
      else if (event.key === '?') help()
      else return
      event.preventDefault()
    }
    // Before the keys of a screen, so that a number after G is not taken for one of its own.
    addEventListener('keydown', onKey, { capture: true })
    return () => removeEventListener('keydown', onKey, { capture: true })
  }, [])
}

/** Whether what is pressed belongs to a field or a dialog. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, dialog, [contenteditable]') !== null
