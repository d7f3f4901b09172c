import { useWords } from '../i18n/translate.ts'
import { useFocus } from '../live/focus.ts'
import { assetWords, formatReading, isDim } from '../panels/words.ts'

/** What is selected, and its value. */
export function SelectionWords() {
  const { t, language } = useWords()
  const { asset, shown } = useFocus()
  return (
    <>
      <b>{assetWords(asset, shown, language)}</b>
      {shown && (
        <span className={isDim(shown.state) ? 'mute' : ''}>
          {Number.isNaN(shown.value) ? (
            t('card.noValue')
          ) : (
            <bdi className="num">{formatReading(shown.value, shown, t)}</bdi>
          )}
        </span>
      )}
    </>
  )
}
