import { useEffect, useRef } from 'react'
import { useWords } from '../../i18n/translate.ts'

/** All keys of the desk in one list. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = useWords()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  const keys = [
    ['/', 'keys.search'],
    ['T', 'keys.table'],
    ['J  K', 'keys.nextPrevious'],
    ['Enter', 'keys.open'],
    ['M', 'keys.map'],
    ['Esc', 'keys.close'],
    ['?', 'keys.help'],
  ] as const
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keys-title">
      <h2 className="sec" id="keys-title">
        {t('keys.title')}
      </h2>
      <dl className="keys-list">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="btn" onClick={onClose}>
        {t('card.close')}
      </button>
    </dialog>
  )
}
