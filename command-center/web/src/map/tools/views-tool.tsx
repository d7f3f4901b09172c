import { X } from 'lucide-react'
import { useState } from 'react'
import { changeDesk, type DeskView, readDesk, useSelection } from '../../desk-state.ts'
import { useWords } from '../../i18n/translate.ts'
import { ICON } from '../../ui/icon.ts'
import { removeView, savedViews, saveView } from './saved-views.ts'

/** Views to come back to, and the link to the one that shows. */
export function ViewsTool() {
  const { t } = useWords()
  const selection = useSelection()
  const [views, setViews] = useState(() => savedViews(localStorage))
  const [name, setName] = useState('')
  const [copied, setCopied] = useState(false)
  const go = (hash: string) => {
    const view: DeskView = readDesk(hash)
    changeDesk({ ...view, selection })
  }
  return (
    <fieldset className="filter-fields">
      <legend className="vh">{t('map.views')}</legend>
      {views.length === 0 && <p className="soft">{t('map.viewsEmpty')}</p>}
      <ul className="view-list">
        {views.map((view) => (
          <li key={view.name}>
            <button type="button" className="link clip" dir="auto" onClick={() => go(view.hash)}>
              {view.name}
            </button>
            <button
              type="button"
              className="btn quiet"
              aria-label={t('map.viewRemove', { name: view.name })}
              onClick={() => setViews(removeView(view.name, localStorage))}
            >
              <X {...ICON} />
            </button>
          </li>
        ))}
      </ul>
      <form
        className="view-save"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() === '') return
          setViews(saveView(name.trim(), location.hash, localStorage))
          setName('')
        }}
      >
        <input
          className="field"
          value={name}
          maxLength={40}
          aria-label={t('map.viewName')}
          placeholder={t('map.viewName')}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="btn" disabled={name.trim() === ''}>
          {t('map.viewSave')}
        </button>
      </form>
      <p className="tool-foot" role="status">
        <button
          type="button"
          className="link"
          onClick={() => {
            void navigator.clipboard?.writeText(location.href).then(
              () => setCopied(true),
              () => undefined, // the address bar holds the same
            )
          }}
        >
          {t('map.viewLink')}
        </button>
        {copied && <span className="l">{t('map.viewCopied')}</span>}
      </p>
    </fieldset>
  )
}
