import { X } from 'lucide-react'
import { useRef } from 'react'
import { formatNumber } from '../../i18n/format.ts'
import { useWords } from '../../i18n/translate.ts'
import { Hint } from '../../ui/fields.tsx'
import type { Faults, NamedPlace } from './mapping-draft.ts'

interface Props {
  readonly values: readonly NamedPlace[]
  readonly faults: Faults
  onChange(values: readonly NamedPlace[]): void
}

/** Properties and where their values stand, one a line. */
export function NamedPlaces({ values, faults, onChange }: Props) {
  const { t } = useWords()
  const add = useRef<HTMLButtonElement>(null)
  const change = (id: number, part: Partial<NamedPlace>) =>
    onChange(values.map((value) => (value.id === id ? { ...value, ...part } : value)))
  const remove = (id: number) => {
    onChange(values.filter((value) => value.id !== id))
    add.current?.focus()
  }
  return (
    <div className="places">
      <div className="head l" aria-hidden="true">
        <span>{t('mappings.readingName')}</span>
        <span>{t('mappings.place')}</span>
      </div>
      {values.map(({ id, property, place }, i) => {
        const fault = faults[`values.${id}`] ?? (i === 0 ? faults.values : undefined)
        const n = formatNumber(i + 1)
        const common = {
          className: 'field',
          dir: 'ltr',
          lang: 'en',
          autoComplete: 'off',
          autoCapitalize: 'none',
          spellCheck: false,
          maxLength: 256,
          'aria-invalid': fault !== undefined,
          'aria-describedby': fault && `places-${id}-fault`,
        } as const
        return (
          <div key={id} className="place">
            <input
              {...common}
              data-field={faults.values && i === 0 ? 'values' : `values.${id}`}
              aria-label={t('mappings.readingNameOf', { n })}
              placeholder="temperature"
              value={property}
              onChange={(event) => change(id, { property: event.target.value })}
            />
            <input
              {...common}
              aria-label={t('mappings.placeOf', { n })}
              placeholder="/data/temp"
              value={place}
              onChange={(event) => change(id, { place: event.target.value })}
            />
            <button
              type="button"
              className="btn quiet"
              aria-label={t('mappings.placeRemove', { n })}
              title={t('mappings.placeRemove', { n })}
              onClick={() => remove(id)}
            >
              <X size={16} strokeWidth={1.75} aria-hidden="true" />
            </button>
            <Hint id={`places-${id}-fault`} fault={fault && t(fault)} />
          </div>
        )
      })}
      {values.length === 0 && <Hint id="places-none" fault={faults.values && t(faults.values)} />}
      <button
        type="button"
        className="btn"
        ref={add}
        data-field={values.length === 0 ? 'values' : undefined}
        onClick={() =>
          onChange([...values, { id: Math.max(-1, ...values.map((v) => v.id)) + 1, property: '', place: '' }])
        }
      >
        {t('mappings.placeAdd')}
      </button>
    </div>
  )
}
