import type { AttentionRow } from '@quartier/contracts/api'
import { useEffect, useRef } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { formatQuantity } from '../i18n/format.ts'
import { nameIn, type Translate, useWords } from '../i18n/translate.ts'
import { propertyName } from '../i18n/vocabulary.ts'
import type { Language } from '../theme/preferences.ts'
import { usePreferences } from '../theme/preferences.ts'
import { type Alert, createWatch } from './alerts.ts'
import { playAlert } from './sound.ts'

/**
 * Tells of what is new in the list of what needs a look, in the browser's own way, while nobody looks at this page.
 * @param rows the list as it stands; `undefined` until it has come
 */
export function useAlerts(rows: readonly AttentionRow[] | undefined): void {
  const { t, language } = useWords()
  const { wishes, sound } = usePreferences()
  const watch = useRef(createWatch())
  useEffect(() => {
    if (!rows) return
    const alert = watch.current.see(rows, wishes, performance.now())
    if (!alert) return
    if (sound) playAlert()
    if (document.visibilityState === 'hidden') notify(alert, language, t)
  }, [rows, wishes, sound, language, t])
}

/** Replaces the notification before it, so that a bad hour leaves one and not a hundred. */
function notify({ row, lines }: Alert, language: Language, t: Translate): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return
  const name = row.asset ? nameIn(language, row.asset) : ''
  const what = row.reading
    ? [propertyName(row.reading.property, language), readingOf(row)].filter(Boolean).join(' ')
    : t('alerts.silent')
  const more = lines > 1 ? ` ${t('alerts.more', { n: lines - 1 })}` : ''
  const notification = new Notification(name || what, {
    body: (name ? what : '') + more,
    tag: 'quartier.attention',
    icon: '/icon-192.png',
    lang: language,
    dir: language === 'ar' ? 'rtl' : 'ltr',
  })
  notification.onclick = () => {
    focus()
    navigate(row.asset ? `/#${new URLSearchParams({ asset: row.asset.id })}` : '/')
    dispatchEvent(new HashChangeEvent('hashchange'))
    notification.close()
  }
}

const readingOf = ({ reading }: AttentionRow): string =>
  reading?.value == null ? '' : formatQuantity(reading.value, reading.unit)
