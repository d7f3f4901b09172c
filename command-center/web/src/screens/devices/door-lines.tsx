import type { DeviceLogView } from '@quartier/contracts/api'
import { formatDate, formatNumber, formatTime } from '../../i18n/format.ts'
import { type MessageKey, type Translate, useWords } from '../../i18n/translate.ts'

type Line = DeviceLogView['lines'][number]

interface Props {
  readonly lines: readonly Line[]
  readonly busy: boolean
  /** Absent for those who may not let anybody in. */
  readonly onAdmit: ((name: string) => Promise<void>) | undefined
}

/** What happens at the door, in the reader's words; the sentence of the gateway stands below. */
const WORDS: Readonly<Record<string, MessageKey>> = {
  'certificate-foreign': 'door.foreign',
  'certificate-expired': 'door.expired',
  'certificate-revoked': 'door.revoked',
  'certificate-unknown': 'door.unknown',
  'certificate-removed': 'door.unknown',
  'certificate-disabled': 'door.disabled',
  'certificate-missing': 'door.missing',
  'certificate-invalid': 'door.invalid',
  'certificate-not-yet-valid': 'door.notYet',
  'token-expired': 'door.expired',
  'token-revoked': 'door.revoked',
  'token-unknown': 'door.unknown',
  'name-unknown': 'door.nameUnknown',
  'name-missing': 'door.nameMissing',
  'name-differs': 'door.nameDiffers',
  'secret-wrong': 'door.secret',
  banned: 'door.banned',
  'slowed-down': 'door.slowed',
  'handshake-failed': 'door.handshake',
  connections: 'door.connections',
  'closed-revoked': 'door.closed',
  'closed-disabled': 'door.closed',
  'closed-expired': 'door.closed',
  'closed-secret-changed': 'door.closed',
  'bridge-connected': 'door.bridgeConnected',
  'bridge-lost': 'door.bridgeLost',
  'bridge-failed': 'door.bridgeFailed',
  'bridge-refused': 'door.bridgeFailed',
}

const wordsOf = ({ event }: Line, t: Translate): string => (WORDS[event] ? t(WORDS[event]) : event)

const COMMA = { en: ',', ar: '،' } as const

export function DoorLines({ lines, busy, onAdmit }: Props) {
  const { t, language } = useWords()
  if (lines.length === 0) return <p className="empty soft">{t('devices.doorNone')}</p>
  return (
    <table className="tbl door">
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.at} ${line.device} ${line.event} ${line.address}`}>
            <td>
              <bdi>{formatTime(line.until, true)}</bdi>
              <span className="l">{formatDate(line.until, language)}</span>
            </td>
            <td>
              <bdi className="clip" title={line.device || line.address}>
                <b>{line.device || line.address}</b>
              </bdi>
              <span className="what">
                {wordsOf(line, t)}
                {line.times > 1 && `${COMMA[language]} ${t('devices.times', { n: formatNumber(line.times) })}`}
              </span>
              <bdi className="l detail" dir="ltr" lang="en">
                {[line.event, line.detail !== wordsOf(line, t) && line.detail, line.device && line.address]
                  .filter(Boolean)
                  .join(' · ')}
              </bdi>
            </td>
            <td className="n">
              {onAdmit && line.event === 'name-unknown' && line.device !== '' && (
                <button
                  type="button"
                  className="btn"
                  aria-label={t('devices.admitOne', { name: line.device })}
                  disabled={busy}
                  onClick={() => void onAdmit(line.device)}
                >
                  {t('devices.admit')}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
