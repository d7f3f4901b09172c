import type { DeviceLogView } from '@quartier/contracts/api'
import { formatDate, formatNumber, formatTime } from '../../i18n/format.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'

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

export function DoorLines({ lines, busy, onAdmit }: Props) {
  const { t, language } = useWords()
  if (lines.length === 0) return <p className="soft intro">{t('devices.doorNone')}</p>
  return (
    <table className="tbl door">
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.at} ${line.device} ${line.event} ${line.address}`}>
            <td className="when">
              {formatTime(line.until)}
              <span className="l">{formatDate(line.until, language)}</span>
            </td>
            <td>
              <bdi className="clip">{line.device || line.address}</bdi>
              <span className="l">
                {WORDS[line.event] ? t(WORDS[line.event] as MessageKey) : line.event}
                {line.times > 1 && ` ${t('devices.times', { n: formatNumber(line.times) })}`}
              </span>
              <bdi className="l detail" dir="ltr" lang="en">
                {line.detail}
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
