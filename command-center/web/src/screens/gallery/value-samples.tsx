import type { ReactNode } from 'react'
import { useWords } from '../../i18n/translate.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Value, Worth } from '../../ui/value.tsx'
import { Sample } from './sample.tsx'

/** A day of a supply temperature, the same every time. */
const DAY = Array.from({ length: 40 }, (_, i) => 6.1 + 0.3 * Math.sin(i / 6) + 0.12 * Math.sin(i * 2.3))
const RISING = DAY.map((value, i) => value + Math.max(0, i - 30) ** 2 * 0.04)
const ENDED = DAY.map((value, i) => (i < 26 ? value : null))
const BROKEN = DAY.map((value, i) => (i > 10 && i < 17 ? null : value))
const BAND = [5.4, 6.9] as const

/** Number, unit, age and quality; a value never stands without what it is worth. */
export function ValueSamples() {
  const { t } = useWords()
  return (
    <Sample title={t('gallery.values')}>
      <div className="columns-of-samples values">
        <One
          worth={<Worth ageMs={4_000} quality={t('quality.good')} />}
          picture={<Sparkline values={DAY} band={BAND} />}
        >
          <Value value={6.1} unit="Cel" />
        </One>
        <One
          worth={<Worth ageMs={4_000} quality={t('card.limit', { value: '8.0' })} />}
          picture={<Sparkline values={RISING} band={BAND} limit={8} forecast={11.8} />}
        >
          <Value value={9.4} unit="Cel" />
        </One>
        <One
          worth={<Worth ageMs={300_000} stale quality={t('quality.stale')} />}
          picture={<Sparkline values={ENDED} band={BAND} />}
        >
          <Value value={6.3} unit="Cel" stale />
        </One>
        <One
          worth={<Worth ageMs={12_000} quality={t('quality.uncertain')} />}
          picture={<Sparkline values={BROKEN} band={BAND} />}
        >
          <Value value={6.2} unit="Cel" />
        </One>
        <One worth={<Worth ageMs={Number.NaN} />} picture={<Sparkline values={[null]} />}>
          <Value value={Number.NaN} unit="Cel" />
        </One>
        <One worth={<Worth ageMs={61_000} quality={t('quality.good')} />}>
          <Value value={641_208} unit="" hero />
        </One>
      </div>
    </Sample>
  )
}

interface OneProps {
  readonly children: ReactNode
  readonly worth: ReactNode
  readonly picture?: ReactNode
}

const One = ({ children, worth, picture }: OneProps) => (
  <div className="value-sample">
    <div>
      {children}
      {picture}
    </div>
    {worth}
  </div>
)
