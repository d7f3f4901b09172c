import type { RejectedLetter } from '@quartier/contracts/api'
import { Fragment, useState } from 'react'
import { formatBytes, formatDate, formatNumber, formatTime } from '../../i18n/format.ts'
import { type MessageKey, type Translate, useWords } from '../../i18n/translate.ts'
import { reasonWords } from '../../i18n/vocabulary.ts'
import { useUser } from '../../shell/session.ts'
import { goToScreen } from '../../shell/travel.ts'
import type { Language } from '../../theme/preferences.ts'
import { Num } from '../../ui/num.tsx'
import { carry } from '../mappings/carried.ts'
import { showPayload } from './payload.ts'
import { canTry } from './redrive.ts'

interface Props {
  readonly letters: readonly RejectedLetter[]
  readonly chosen: ReadonlySet<number>
  /** Absent for those who may not take letters in. */
  readonly onChoose: ((offsets: readonly number[], on: boolean) => void) | undefined
}

/** Dead letters, newest first; each opens to show what arrived. */
export function LetterTable({ letters, chosen, onChoose }: Props) {
  const { t } = useWords()
  const [open, setOpen] = useState<number>()
  const tryable = letters.filter(canTry).map(({ offset }) => offset)
  const all = tryable.length > 0 && tryable.every((offset) => chosen.has(offset))
  return (
    <table className="tbl data letters" aria-label={t('letters.list')}>
      <colgroup>
        {onChoose && <col style={{ width: '40px' }} />}
        <col className="c-time" />
        <col />
        <col />
        <col className="c-state" />
        <col className="c-open" />
      </colgroup>
      <thead>
        <tr>
          {onChoose && (
            <th>
              <input
                type="checkbox"
                aria-label={t('letters.chooseAll')}
                checked={all}
                disabled={tryable.length === 0}
                onChange={(event) => onChoose(tryable, event.target.checked)}
              />
            </th>
          )}
          <th>{t('letters.time')}</th>
          <th>{t('letters.from')}</th>
          <th>{t('letters.why')}</th>
          <th>{t('letters.state')}</th>
          <th>
            <span className="vh">{t('letters.open')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <Fragment key={letter.offset}>
            <Row
              letter={letter}
              isOpen={open === letter.offset}
              onOpen={() => setOpen(open === letter.offset ? undefined : letter.offset)}
              isChosen={chosen.has(letter.offset)}
              onChoose={onChoose && ((on) => onChoose([letter.offset], on))}
            />
            {open === letter.offset && (
              <tr className="content">
                <td colSpan={onChoose ? 6 : 5}>
                  <Content letter={letter} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  )
}

interface RowProps {
  readonly letter: RejectedLetter
  readonly isOpen: boolean
  readonly isChosen: boolean
  readonly onChoose: ((on: boolean) => void) | undefined
  onOpen(): void
}

function Row({ letter, isOpen, isChosen, onChoose, onOpen }: RowProps) {
  const { t, language } = useWords()
  const { source, mqttTopic, receivedAt, reason, detail, readings, offset } = letter
  const time = formatTime(receivedAt, true)
  return (
    <tr data-letter={offset}>
      {onChoose && (
        <td>
          <input
            type="checkbox"
            aria-label={t('letters.choose', { time, source })}
            checked={isChosen}
            disabled={!canTry(letter)}
            onChange={(event) => onChoose(event.target.checked)}
          />
        </td>
      )}
      <td>
        <Num>{time}</Num>
        <span className="l">{formatDate(receivedAt, language)}</span>
      </td>
      <td>
        <bdi className="clip">{source}</bdi>
        <bdi className="l clip" dir="ltr" title={mqttTopic}>
          {mqttTopic}
        </bdi>
      </td>
      <td>
        <span className="clip">{reasonWords(reason, language)}</span>
        <bdi className="l clip" dir="ltr" lang="en" title={detail}>
          {detail || (readings > 0 && t('letters.readings', { n: formatNumber(readings) }))}
        </bdi>
      </td>
      <td className="state">{stateWords(letter, t, language)}</td>
      <td className="n">
        <button type="button" className="btn" aria-expanded={isOpen} onClick={onOpen}>
          {t(isOpen ? 'letters.close' : 'letters.open')}
        </button>
      </td>
    </tr>
  )
}

const IMPOSSIBLE = new Set(['personal', 'was-reading', 'not-kept', 'cut', 'in-order', 'gone'])

const impossibleWords = (reason: string, t: Translate): string =>
  t(`letters.impossible.${IMPOSSIBLE.has(reason) ? reason : 'other'}` as MessageKey)

/** What has become of a letter, or why nothing can. */
function stateWords({ impossible, redriven }: RejectedLetter, t: Translate, language: Language): string {
  if (redriven?.outcome === 'appended')
    return t('letters.appended', { time: formatTime(redriven.at), n: formatNumber(redriven.readings) })
  if (impossible) return impossibleWords(impossible.reason, t)
  if (redriven?.outcome === 'impossible') return impossibleWords(redriven.reason, t)
  if (redriven)
    return t('letters.refusedAgain', {
      time: formatTime(redriven.at),
      reason: reasonWords(redriven.reason, language),
    })
  return t('letters.untried')
}

function Content({ letter }: { readonly letter: RejectedLetter }) {
  const { t } = useWords()
  const { role } = useUser()
  const { principal, mqttTopic, reason, detail, bytes, payload, skeleton, redriven } = letter
  const [copied, setCopied] = useState(false)
  const shown = payload === undefined ? undefined : showPayload(payload)
  const kept = payload === undefined ? 0 : atob(payload).length
  return (
    <div className="letter">
      <dl className="fact-list">
        <div>
          <dt>{t('letters.sender')}</dt>
          <dd>
            <bdi>{principal}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t('letters.reason')}</dt>
          <dd>
            <bdi className="code">{reason}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t('letters.detail')}</dt>
          <dd dir="ltr" lang="en">
            {redriven && redriven.outcome !== 'appended' ? redriven.detail : detail}
          </dd>
        </div>
        <div>
          <dt>{t('letters.size')}</dt>
          <dd>
            <bdi>{formatBytes(bytes)}</bdi>
          </dd>
        </div>
      </dl>
      <h3 className="sec">
        {t('letters.payload')}
        {shown && kept < bytes && (
          <span className="l">{t('letters.payloadCut', { kept: formatBytes(kept), bytes: formatBytes(bytes) })}</span>
        )}
        {shown && (
          <span className="end">
            {role === 'administrator' && shown.isText && kept === bytes && (
              <button
                type="button"
                className="btn"
                onClick={() => {
                  carry({ topic: mqttTopic, payload: shown.text })
                  goToScreen('/mappings')
                }}
              >
                {t('letters.try')}
              </button>
            )}
            <button
              type="button"
              className="btn"
              onClick={() =>
                void navigator.clipboard.writeText(shown.text).then(
                  () => setCopied(true),
                  () => undefined,
                )
              }
            >
              {t(copied ? 'letters.copied' : 'letters.copy')}
            </button>
          </span>
        )}
      </h3>
      {shown && !shown.isText && <p className="l">{t('letters.hex')}</p>}
      {shown ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reached by keyboard to do so
        <section className="payload" tabIndex={0} aria-label={t('letters.payload')}>
          <pre dir="ltr" lang="en">
            {shown.text}
          </pre>
        </section>
      ) : (
        <p className="soft">{t(skeleton === undefined ? 'letters.noPayload' : 'letters.personal')}</p>
      )}
      {skeleton && (
        <div className="payload">
          <pre dir="ltr">{skeleton}</pre>
        </div>
      )}
    </div>
  )
}
