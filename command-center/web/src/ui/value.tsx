import { formatAge, formatValue, unitSign } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import { Num } from './num.tsx'

interface Props {
  /** NaN: no value yet. */
  readonly value: number
  readonly unit: string
  /** Said instead of the number. */
  readonly words?: string
  readonly stale?: boolean
  readonly hero?: boolean
}

/** A number with its unit. Stale: ink-3 on hatch; the last colour never stays. */
export function Value({ value, unit, words, stale = false, hero = false }: Props) {
  const { t } = useWords()
  if (Number.isNaN(value)) return <span className="val none">{t('card.noValue')}</span>
  return (
    <span className={`val ${hero ? 'hero' : ''} ${stale ? 'stale' : ''}`}>
      <b>{words ?? <Num>{formatValue(value, unit)}</Num>}</b>
      {words === undefined && unitSign(unit) && <i>{unitSign(unit)}</i>}
    </span>
  )
}

interface WorthProps {
  /** How old the value is, ms; NaN: there is none. */
  readonly ageMs: number
  /** Stale, uncertain, estimated from what: said behind the age. */
  readonly quality?: string
  readonly stale?: boolean
}

/** What a value is worth: its age and its quality, which every value can show. */
export function Worth({ ageMs, quality, stale = false }: WorthProps) {
  const { t } = useWords()
  if (Number.isNaN(ageMs)) return <span className="age">{t('card.neverReported')}</span>
  return (
    <span className={stale ? 'age strong' : 'age'}>
      {formatAge(ageMs, t)}
      {quality && `, ${quality}`}
    </span>
  )
}
