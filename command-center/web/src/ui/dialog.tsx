import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useWords } from '../i18n/translate.ts'
import { ICON } from './icon.ts'

interface Props {
  readonly title: string
  readonly className?: string
  onClose(): void
  readonly children: ReactNode
}

/** A dialog that is open as long as it is rendered; Escape and its button close it, and focus goes back. */
export function Dialog({ title, className, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another title is another dialog in the same window
  useEffect(() => {
    const element = dialog.current!
    if (!element.open) element.showModal()
    if (!element.contains(document.activeElement)) element.focus()
  }, [title])
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={id}
      tabIndex={-1}
      onKeyDown={(event) => {
        // The browser would close it by itself the second time, whatever stands behind.
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        onClose()
      }}
      onClose={onClose}
    >
      <DialogHead id={id} title={title} onClose={onClose} />
      {children}
    </dialog>
  )
}

interface HeadProps {
  readonly id: string
  readonly title: string
  onClose(): void
}

/** The name of a dialog and the way out of it. */
export function DialogHead({ id, title, onClose }: HeadProps) {
  const { t } = useWords()
  return (
    <header>
      <h2 className="sec" id={id}>
        {title}
      </h2>
      <button
        type="button"
        className="btn quiet"
        aria-label={t('card.close')}
        title={t('card.close')}
        onClick={onClose}
      >
        <X {...ICON} />
      </button>
    </header>
  )
}
