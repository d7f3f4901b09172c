import type { Preview } from '@quartier/contracts/api'
import { type FormEvent, useRef, useState } from 'react'
import { tryMapping } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { Field } from '../../ui/fields.tsx'
import { Problem } from '../../ui/said.tsx'
import { broughtAlong } from './carried.ts'
import { type MappingDraft, toMapping } from './mapping-draft.ts'
import { refusalWords } from './refusal-words.ts'
import { TrialOutcome } from './trial-outcome.tsx'

/** As much as a gateway is asked about. */
const MOST_CHARACTERS = 65_536

interface Props {
  readonly draft: MappingDraft
  /** Names what is wrong with the draft. */
  isSound(): boolean
}

interface Tried {
  readonly preview: Preview
  readonly payload: string
  /** What was tried, to tell when it has been changed since. */
  readonly question: string
}

/** A pasted message, and what a gateway would make of it. Nothing is stored. */
export function MappingTrial({ draft, isSound }: Props) {
  const { t } = useWords()
  const [topic, setTopic] = useState(() => broughtAlong().topic)
  const [payload, setPayload] = useState(() => broughtAlong().payload)
  const [tried, setTried] = useState<Tried>()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const message = useRef<HTMLTextAreaElement>(null)
  const questionOf = () => JSON.stringify([toMapping(draft), topic, payload])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || !isSound()) return
    const mqttTopic = topic.trim()
    if (!mqttTopic) {
      setProblem(t('mappings.topicMissing'))
      return
    }
    setBusy(true)
    setProblem('')
    try {
      setTried({ preview: await tryMapping(toMapping(draft), mqttTopic, payload), payload, question: questionOf() })
    } catch (error) {
      setTried(undefined)
      setProblem(refusalWords(error as Error, t))
    }
    setBusy(false)
  }
  const show = (index: number) => {
    message.current?.focus()
    message.current?.setSelectionRange(index, index + 1)
  }

  return (
    <form className="trial" ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <h2>{t('mappings.try')}</h2>
      <p className="l">{t('mappings.tryHint')}</p>
      <Field
        code
        label={t('mappings.topic')}
        maxLength={1_024}
        placeholder="vendor/acme/up"
        value={topic}
        onChange={setTopic}
      />
      <label htmlFor="trial-message">{t('mappings.message')}</label>
      <textarea
        className="field"
        id="trial-message"
        ref={message}
        dir="ltr"
        lang="en"
        rows={6}
        spellCheck={false}
        maxLength={MOST_CHARACTERS}
        placeholder={'{"at": 1790000000, "data": {"temp": 21.5}}'}
        value={payload}
        onChange={(event) => setPayload(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit()
        }}
      />
      <p className="ask">
        <button type="submit" className="btn" disabled={busy}>
          {t('mappings.preview')}
        </button>
        <span className="l keys">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </p>
      <Problem>{problem}</Problem>
      <div role="status">
        {tried && (
          <TrialOutcome
            preview={tried.preview}
            payload={tried.payload}
            isOld={tried.question !== questionOf()}
            onShow={show}
          />
        )}
      </div>
    </form>
  )
}
