import type { RejectedPage } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchRejected } from '../../api/operations.ts'
import { formatAge, formatBytes } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { reasonWords } from '../../i18n/vocabulary.ts'
import { useNow } from '../../live/hooks.ts'
import { showPayload } from '../../screens/health/payload.ts'
import { useUser } from '../../shell/session.ts'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { namesDevice } from './names-device.ts'

const ROLES: readonly string[] = ['administrator', 'operator', 'maintenance']
const LOOKED_THROUGH = '200'

/**
 * The last message of the device that could not be used, as it came, for whoever repairs it. What could be used is stored as
 * readings and not kept as it came; of what may identify people nothing is shown.
 */
export function LastMessage({ seriesKey }: { readonly seriesKey: string }) {
  const { t } = useWords()
  const { role, zones } = useUser()
  const [open, setOpen] = useState(false)
  if (!ROLES.includes(role) || zones.length > 0) return null
  return (
    <section className="last-message">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="sec">{t('card.message')}</summary>
        {open && <Message seriesKey={seriesKey} />}
      </details>
    </section>
  )
}

function Message({ seriesKey }: { readonly seriesKey: string }) {
  const { t, language } = useWords()
  const now = useNow()
  const source = seriesKey.slice(0, seriesKey.indexOf('/'))
  const request = useRequest(`message ${seriesKey}`, (signal) =>
    fetchRejected(new URLSearchParams({ source, limit: LOOKED_THROUGH }), signal),
  )
  return (
    <Asked request={request}>
      {({ letters }: RejectedPage) => {
        const letter = letters.find((one) => namesDevice(one, seriesKey))
        if (!letter) return <p className="part-state soft">{t('card.messageNone')}</p>
        const { mqttTopic, reason, detail, receivedAt, bytes, payload } = letter
        return (
          <div className="message">
            <p>
              {reasonWords(reason, language)} <span className="age">{formatAge(now - receivedAt, t)}</span>
            </p>
            {detail && <p className="l">{detail}</p>}
            <p className="l">
              <bdi className="code">{mqttTopic}</bdi> <bdi>{formatBytes(bytes)}</bdi>
            </p>
            {payload === undefined ? (
              <p className="soft">{t('card.messagePersonal')}</p>
            ) : (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
              <section className="payload" dir="ltr" tabIndex={0} aria-label={t('card.message')}>
                <pre className="code">{showPayload(payload).text}</pre>
              </section>
            )}
          </div>
        )
      }}
    </Asked>
  )
}
