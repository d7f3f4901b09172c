import type { Preview } from '@quartier/contracts/api'
import { formatDate, formatNumber, formatTime } from '../../i18n/format.ts'
import { type MessageKey, useWords } from '../../i18n/translate.ts'
import { faultPlace } from './fault-place.ts'

interface Props {
  readonly preview: Preview
  readonly payload: string
  /** Mapping or message have been changed since. */
  readonly isOld: boolean
  /** Shows a place of the message, as an index of its text. */
  onShow(index: number): void
}

/** What a gateway would store of a message, what it would set aside, and why. */
export function TrialOutcome({ preview, payload, isOld, onShow }: Props) {
  const { t } = useWords()
  const { invalid, rejection, readings, states, events, removed, setAside, more } = preview
  const kept = Object.values(removed).reduce((sum, n) => sum + n, 0)
  const rows = readings.length + states.length
  return (
    <div className={isOld ? 'outcome old' : 'outcome'}>
      {isOld && <p className="l">{t('mappings.old')}</p>}
      {invalid !== null && (
        <div className="wrong">
          <b>{t('mappings.unusable')}</b>
          <bdi dir="ltr" lang="en">
            {invalid}
          </bdi>
        </div>
      )}
      {rejection && (
        <>
          <p>
            <b>{t('mappings.refused')}</b>
          </p>
          <Wrong {...rejection} payload={payload} onShow={onShow} />
        </>
      )}
      {invalid === null && !rejection && (rows > 0 || events.length === 0) && (
        <p>
          <b>{t('mappings.gives', { readings: formatNumber(readings.length), states: formatNumber(states.length) })}</b>
        </p>
      )}
      {rows > 0 && <Rows preview={preview} />}
      {events.length > 0 && (
        <>
          <p>
            <b>{t('mappings.tells', { n: formatNumber(events.length) })}</b>
          </p>
          <Events events={events} />
        </>
      )}
      {kept > 0 && <p className="l">{t('mappings.removedPersonal', { n: formatNumber(kept) })}</p>}
      {setAside.length > 0 && (
        <>
          <p>
            <b>{t('mappings.setAside', { n: formatNumber(setAside.length) })}</b>
          </p>
          {setAside.map((one, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of one answer, which never move
            <Wrong key={i} {...one} payload={payload} onShow={onShow} />
          ))}
        </>
      )}
      {more > 0 && <p className="l">{t('mappings.more', { n: formatNumber(more) })}</p>}
    </div>
  )
}

function Rows({ preview: { readings, states } }: { preview: Preview }) {
  const { t } = useWords()
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>{t('mappings.deviceName')}</th>
          <th>{t('mappings.readingName')}</th>
          <th className="n">{t('table.value')}</th>
          <th>{t('mappings.measured')}</th>
        </tr>
      </thead>
      <tbody>
        {readings.map((row, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of one answer, which never move
          <Row key={`r${i}`} {...row} text={String(row.value)} />
        ))}
        {states.map((row, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of one answer, which never move
          <Row key={`s${i}`} {...row} text={`“${row.text}”`} />
        ))}
      </tbody>
    </table>
  )
}

function Events({ events }: Pick<Preview, 'events'>) {
  const { t } = useWords()
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>{t('mappings.deviceName')}</th>
          <th>{t('events.kind')}</th>
          <th className="n">{t('mappings.attributes')}</th>
          <th>{t('mappings.measured')}</th>
        </tr>
      </thead>
      <tbody>
        {events.map(({ device, kind, measuredAt, attributes }, i) => {
          const text = Object.keys(attributes).length > 0 ? JSON.stringify(attributes) : ''
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of one answer, which never move
          return <Row key={i} {...{ device, property: kind, measuredAt, text }} />
        })}
      </tbody>
    </table>
  )
}

interface RowProps {
  readonly device: string
  readonly property: string
  readonly measuredAt: number | null
  readonly text: string
}

function Row({ device, property, measuredAt, text }: RowProps) {
  const { t, language } = useWords()
  return (
    <tr>
      <td>
        <bdi className="clip" title={device}>
          {device}
        </bdi>
      </td>
      <td>
        <bdi className="clip" title={property}>
          {property}
        </bdi>
      </td>
      <td className="n">
        <bdi className="clip" dir="ltr" title={text}>
          {text}
        </bdi>
      </td>
      <td className="l">
        {measuredAt === null ? (
          t('mappings.untimed')
        ) : (
          <>
            <bdi>{formatTime(measuredAt, true)}</bdi> {formatDate(measuredAt, language)}
          </>
        )}
      </td>
    </tr>
  )
}

interface WrongProps {
  readonly reason: string
  readonly detail: string
  readonly payload: string
  onShow(index: number): void
}

/** One thing that was wrong, in the reader's words, with the gateway's own and the place in the message. */
function Wrong({ reason, detail, payload, onShow }: WrongProps) {
  const { t } = useWords()
  const place = faultPlace(detail, payload)
  const words = REASONS[reason]
  return (
    <div className="wrong">
      <span>{words ? t(words) : reason}</span>
      <bdi className="l" dir="ltr" lang="en">
        {reason}: {detail}
      </bdi>
      {place && (
        <button type="button" className="excerpt" onClick={() => onShow(place.index)}>
          <span className="l">
            {t('mappings.at', { line: formatNumber(place.line), column: formatNumber(place.column) })}
          </span>
          <bdi className="mono" dir="ltr">
            {place.before}
            <mark>{place.at || '\u00a0'}</mark>
            {place.after}
          </bdi>
        </button>
      )}
    </div>
  )
}

const REASONS: Readonly<Record<string, MessageKey>> = {
  'mapping-topic': 'trial.topic',
  'json-syntax': 'trial.syntax',
  'json-utf8': 'trial.utf8',
  'json-limit': 'trial.limit',
  'json-duplicate': 'trial.duplicate',
  'json-proto': 'trial.proto',
  'json-shape': 'trial.shape',
  'json-value': 'trial.value',
  'json-null': 'trial.null',
  'json-nested': 'trial.nested',
  'json-range': 'trial.range',
  'json-time': 'trial.time',
  'json-name': 'trial.name',
  'json-device': 'trial.device',
  'json-property': 'trial.property',
}
