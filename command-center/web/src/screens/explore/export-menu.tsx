import { Download, Link } from 'lucide-react'
import { useState } from 'react'
import { exportPath, fetchFile } from '../../api/client.ts'
import { timeZone } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { useUser } from '../../shell/session.ts'
import { errorWords } from '../../ui/error-words.ts'
import { ICON } from '../../ui/icon.ts'
import type { History } from './use-history.ts'
import { toWallClock } from './zoned-time.ts'

/** What is shown as a file: the very windows of the charts, or every reading behind them. */
export function ExportMenu({ history }: { history: History | undefined }) {
  const { t } = useWords()
  const allowed = useUser().role !== 'viewer'
  const [said, setSaid] = useState('')
  const [failed, setFailed] = useState('')

  const exportShown = async (shown: History) => {
    const { keys, view, backMs, earlier } = shown
    const range = { from: view.from, to: view.from + view.windows * view.stepMs, step: view.stepMs }
    const name = `quartier ${toWallClock(shown.from, timeZone()).replace(/[T:]/g, '-')}.csv`
    setSaid('')
    setFailed('')
    try {
      save(await fetchFile(exportPath(keys, range, earlier ? backMs : undefined)), name)
      setSaid(t('explore.exportDone', { file: name }))
    } catch (error) {
      setFailed(errorWords(error as Error, t) || t('explore.exportFailed'))
    }
  }
  return (
    <div className="exports">
      <p className="l" role="status">
        {said}
      </p>
      {failed && <p role="alert">{failed}</p>}
      <button
        type="button"
        className="btn"
        onClick={() =>
          void navigator.clipboard?.writeText(location.href).then(
            () => setSaid(t('explore.linkDone')),
            () => undefined,
          )
        }
      >
        <Link {...ICON} /> {t('explore.link')}
      </button>
      <button
        type="button"
        className="btn"
        disabled={!history || !allowed}
        title={allowed ? undefined : t('explore.exportRefused')}
        onClick={() => history && void exportShown(history)}
      >
        <Download {...ICON} /> {t('explore.export')}: {t('explore.exportShown')}
      </button>
      {history && allowed && (
        <a className="btn" href={exportPath(history.keys, history)} download="readings.csv">
          {t('explore.exportAll')}
        </a>
      )}
    </div>
  )
}

/** Hands a file to the browser's downloads. */
function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
