import { useEffect, useState } from 'react'
import { type MessageKey, useWords } from '../i18n/translate.ts'
import { setPreferences, usePreferences } from '../theme/preferences.ts'
import './tour.css'

/** Each step shows one part of the map's screen, where it is on the screen. */
const STEPS: readonly { readonly part: string; readonly title: MessageKey; readonly text: MessageKey }[] = [
  { part: '#list', title: 'tour.list', text: 'tour.listSub' },
  { part: '#map', title: 'tour.map', text: 'tour.mapSub' },
  { part: '#map', title: 'tour.blind', text: 'tour.blindSub' },
  { part: '.search', title: 'tour.search', text: 'tour.searchSub' },
  { part: '.row-of-screens, .menu-button', title: 'tour.screens', text: 'tour.screensSub' },
]

/** Shown once to everybody, on the map. It stands beside the work and never in its way; Escape ends it for good. */
export function Tour() {
  const { toured } = usePreferences()
  return toured ? null : <Steps />
}

function Steps() {
  const { t } = useWords()
  const [step, setStep] = useState(0)
  const { part, title, text } = STEPS[step]!
  const last = step === STEPS.length - 1
  useEffect(() => {
    const shown = [...document.querySelectorAll(part)].find((one) => one.checkVisibility())
    shown?.classList.add('toured')
    return () => shown?.classList.remove('toured')
  }, [part])
  const end = () => setPreferences({ toured: true })
  return (
    <aside
      className="tour"
      aria-label={t('tour.title')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        end()
      }}
    >
      <div aria-live="polite">
        <h2 className="sec">{t(title)}</h2>
        <p>{t(text)}</p>
      </div>
      <p className="form-actions">
        <span className="l">{t('tour.step', { n: step + 1, of: STEPS.length })}</span>
        {!last && (
          <button type="button" className="btn quiet" onClick={end}>
            {t('tour.skip')}
          </button>
        )}
        {step > 0 && (
          <button type="button" className="btn" onClick={() => setStep(step - 1)}>
            {t('tour.back')}
          </button>
        )}
        <button type="button" className="btn primary" onClick={() => (last ? end() : setStep(step + 1))}>
          {t(last ? 'tour.done' : 'tour.next')}
        </button>
      </p>
    </aside>
  )
}
