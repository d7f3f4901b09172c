import { ChevronsLeft, ChevronsRight, ZoomIn, ZoomOut } from 'lucide-react'
import { useId, useState } from 'react'
import { formatSpan, timeZone } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Choice } from '../../ui/fields.tsx'
import { ICON } from '../../ui/icon.ts'
import type { History } from './use-history.ts'
import { between, COMPARES, type ExploreView, pan, RANGES, zoom } from './view.ts'
import { fromWallClock, toWallClock } from './zoned-time.ts'

const DAY_MS = 86_400_000

interface Props {
  readonly view: ExploreView
  readonly history: History | undefined
  onShow(change: Partial<ExploreView>): void
}

/** Which time, compared with which, and in what form. */
export function TimeTools({ view, history, onShow }: Props) {
  const { t } = useWords()
  const [custom, setCustom] = useState(false)
  const { range } = view
  const [from, to] = range.type === 'between' ? [range.from, range.to] : [history?.from, history?.to]
  const known = from !== undefined && to !== undefined
  const live = range.type === 'last'
  return (
    <div className="tools">
      <fieldset className="together">
        <legend className="vh">{t('explore.range')}</legend>
        {RANGES.map((ms) => (
          <button
            key={ms}
            type="button"
            className="btn"
            aria-pressed={live && range.ms === ms}
            onClick={() => onShow({ range: { type: 'last', ms } })}
          >
            {ms === DAY_MS ? t('span.hoursOnly', { h: 24 }) : formatSpan(ms, t)}
          </button>
        ))}
        <button type="button" className="btn" aria-expanded={custom} onClick={() => setCustom(!custom)}>
          {t('explore.custom')}
        </button>
      </fieldset>
      <fieldset className="together moves" dir="ltr" disabled={!known}>
        <legend className="vh">{t('explore.move')}</legend>
        {known && (
          <>
            <Move label={t('explore.earlier')} onMove={() => onShow({ range: pan(from, to, -0.5) })}>
              <ChevronsLeft {...ICON} />
            </Move>
            <Move label={t('explore.zoomIn')} onMove={() => onShow({ range: zoom(from, to, 2) })}>
              <ZoomIn {...ICON} />
            </Move>
            <Move label={t('explore.zoomOut')} onMove={() => onShow({ range: zoom(from, to, 0.5) })}>
              <ZoomOut {...ICON} />
            </Move>
            <Move label={t('explore.later')} onMove={() => onShow({ range: pan(from, to, 0.5) })}>
              <ChevronsRight {...ICON} />
            </Move>
          </>
        )}
        <button
          type="button"
          className="btn"
          aria-pressed={live}
          title={t(live ? 'explore.liveOn' : 'explore.liveOff')}
          onClick={() =>
            onShow({ range: live && known ? between(from, to) : { type: 'last', ms: known ? to - from : RANGES[1] } })
          }
        >
          {t('explore.live')}
        </button>
      </fieldset>
      <Choice
        label={t('explore.compare')}
        value={view.compare ?? 'none'}
        options={(['none', ...COMPARES] as const).map((one) => [one, t(`explore.compare.${one}`)] as const)}
        onChange={(one) => onShow({ compare: one === 'none' ? undefined : one })}
      />
      <div className="forms">
        <Two
          label={t('explore.arrange')}
          on={view.apart}
          words={[t('explore.together'), t('explore.apart')]}
          onChange={(apart) => onShow({ apart })}
        />
        <Two
          label={t('explore.as')}
          on={view.as === 'table'}
          words={[t('explore.charts'), t('explore.table')]}
          onChange={(table) => onShow({ as: table ? 'table' : 'charts' })}
        />
      </div>
      {custom && (
        <CustomRange
          key={`${from} ${to}`}
          from={from ?? Number.NaN}
          to={to ?? Number.NaN}
          onShow={(one) => onShow({ range: one })}
        />
      )}
    </div>
  )
}

function Move({ label, onMove, children }: { label: string; onMove(): void; children: React.ReactNode }) {
  return (
    <button type="button" className="btn move" aria-label={label} title={label} onClick={onMove}>
      {children}
    </button>
  )
}

interface TwoProps {
  readonly label: string
  readonly on: boolean
  readonly words: readonly [off: string, on: string]
  onChange(on: boolean): void
}

/** One of two, both in sight. */
function Two({ label, on, words, onChange }: TwoProps) {
  return (
    <fieldset className="together">
      <legend className="vh">{label}</legend>
      {words.map((word, i) => (
        <button
          key={word}
          type="button"
          className="btn"
          aria-pressed={on === (i === 1)}
          onClick={() => onChange(i === 1)}
        >
          {word}
        </button>
      ))}
    </fieldset>
  )
}

interface CustomProps {
  readonly from: number
  readonly to: number
  onShow(range: ExploreView['range']): void
}

/** From when to when, on the wall clock of the zone that is written beside it. */
function CustomRange({ from, to, onShow }: CustomProps) {
  const { t } = useWords()
  const id = useId()
  const zone = timeZone()
  const written = (at: number) => (Number.isNaN(at) ? '' : toWallClock(at, zone))
  const [fields, setFields] = useState({ from: written(from), to: written(to) })
  const [wrong, setWrong] = useState(false)
  const submit = (event: React.FormEvent) => {
    event.preventDefault()
    const [begin, end] = [fromWallClock(fields.from, zone), fromWallClock(fields.to, zone)]
    setWrong(!(begin < end))
    if (begin < end) onShow(between(begin, end))
  }
  return (
    <form className="custom" onSubmit={submit}>
      {(['from', 'to'] as const).map((name) => (
        <span key={name}>
          <label htmlFor={`${id}-${name}`}>{t(`explore.${name}`)}</label>
          <input
            id={`${id}-${name}`}
            className="field ltr"
            type="datetime-local"
            required
            value={fields[name]}
            aria-invalid={wrong || undefined}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            onChange={(event) => setFields({ ...fields, [name]: event.target.value })}
          />
        </span>
      ))}
      <bdi className="l">{zone}</bdi>
      <button type="submit" className="btn">
        {t('explore.show')}
      </button>
      {wrong && (
        <p id={`${id}-wrong`} className="fault" role="alert">
          {t('explore.rangeWrong')}
        </p>
      )}
    </form>
  )
}
