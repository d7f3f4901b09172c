import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { FIGURE_LABELS, FIGURES } from '../health/cells.ts'
import './help.css'

const KEYS = [
  ['/', 'keys.search'],
  ['G  1…9', 'keys.screens'],
  ['T', 'keys.table'],
  ['E', 'keys.events'],
  ['J  K', 'keys.nextPrevious'],
  ['Enter', 'keys.open'],
  ['M', 'keys.map'],
  ['C', 'keys.card'],
  ['Esc', 'keys.close'],
  ['?', 'keys.help'],
] as const

/** What the figures of the health strip mean, and all keys of the desk. */
export function HelpDialog({ onClose }: { onClose(): void }) {
  const { t } = useWords()
  return (
    <Dialog title={t('top.help')} className="help" onClose={onClose}>
      <h3>{t('help.figures')}</h3>
      <dl className="figures">
        {FIGURES.map((figure) => (
          <div key={figure}>
            <dt>{t(FIGURE_LABELS[figure])}</dt>
            <dd>{t(`health.${figure}.help`)}</dd>
          </div>
        ))}
      </dl>
      <h3>{t('keys.title')}</h3>
      <dl className="keys-list">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
