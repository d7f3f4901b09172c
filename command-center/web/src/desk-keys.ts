import { useEffect, useRef } from 'react'
import { isTyping } from './shell/shell-keys.ts'

interface Actions {
  toggleTable(): void
  toggleEvents(): void
  back(): void
}

/** Keys of the desk beside those of every screen, except while somebody types. */
export function useDeskKeys(actions: Actions): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (isTyping(event.target)) return
      if (act(event.key, latest.current)) event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function act(key: string, { toggleTable, toggleEvents, back }: Actions): boolean {
  switch (key.toLowerCase()) {
    case 't':
      toggleTable()
      return true
    case 'e':
      toggleEvents()
      return true
    case 'm':
      focus('#map canvas')
      return true
    case 'c':
      focus('#card')
      return true
    case 'j':
      step(1)
      return true
    case 'k':
      step(-1)
      return true
    case 'escape':
      back()
      return true
    default:
      return false
  }
}

const focus = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus()

/** Moves to the next or previous row of the list and opens it. */
function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLButtonElement>('#list .row:not([disabled])')]
  const at = rows.findIndex((row) => row === document.activeElement || row.hasAttribute('aria-current'))
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
  next?.focus()
  next?.click()
}
