import { useId } from 'react'
import { useWords } from '../../i18n/translate.ts'
import { Hint } from './hint.tsx'
import { type Faults, HOLDS, type Holds, type MappingDraft, TIME_UNITS } from './mapping-draft.ts'
import { NamedPlaces } from './named-places.tsx'

interface Props {
  readonly draft: MappingDraft
  readonly faults: Faults
  readonly isNew: boolean
  onChange(draft: MappingDraft): void
}

export function MappingFields({ draft, faults, isNew, onChange }: Props) {
  const { t } = useWords()
  const change = (part: Partial<MappingDraft>) => onChange({ ...draft, ...part })
  const field = (name: 'name' | 'filter' | 'source' | Place) => ({
    name,
    value: draft[name],
    fault: faults[name] && t(faults[name]),
    onChange: (text: string) => change({ [name]: text }),
  })
  return (
    <>
      {isNew && <Field {...field('name')} label={t('mappings.name')} hint={t('mappings.nameHint')} isFirst />}
      <Field {...field('filter')} label={t('mappings.filter')} hint={t('mappings.filterHint')} isFirst={!isNew} />
      <Field {...field('source')} label={t('mappings.source')} hint={t('mappings.sourceHint')} />
      <fieldset>
        <legend>{t('mappings.where')}</legend>
        <p className="l">{t('mappings.whereHint')}</p>
        <Field {...field('device')} label={t('mappings.device')} placeholder="/dev/id" />
        <div className="pair">
          <Field {...field('time')} label={t('mappings.time')} placeholder="/ts" />
          <label>
            {t('mappings.timeUnit')}
            <select
              className="field"
              value={draft.timeUnit}
              onChange={(event) => change({ timeUnit: event.target.value })}
            >
              {TIME_UNITS.map((unit) => (
                <option key={unit} value={unit}>
                  {t(`mappings.unit.${unit}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Field {...field('each')} label={t('mappings.each')} hint={t('mappings.eachHint')} placeholder="/data" />
        <label>
          {t('mappings.holds')}
          <select
            className="field"
            value={draft.holds}
            onChange={(event) => change({ holds: event.target.value as Holds })}
          >
            {HOLDS.map((holds) => (
              <option key={holds} value={holds}>
                {t(`mappings.holds.${holds}`)}
              </option>
            ))}
          </select>
        </label>
        {draft.holds === 'named' && (
          <NamedPlaces values={draft.values} faults={faults} onChange={(values) => change({ values })} />
        )}
        {draft.holds === 'one' && (
          <div className="pair">
            <Field {...field('value')} label={t('mappings.value')} placeholder="/value" />
            <Field {...field('property')} label={t('mappings.property')} placeholder="/name" />
          </div>
        )}
        {draft.holds === 'flat' && (
          <Field
            name="ignore"
            value={draft.ignore}
            onChange={(ignore) => change({ ignore })}
            label={t('mappings.ignore')}
            hint={t('mappings.ignoreHint')}
            placeholder="rssi, seq"
          />
        )}
      </fieldset>
      <label className="check">
        <input
          type="checkbox"
          checked={draft.enabled}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
        {t('mappings.enabled')}
      </label>
    </>
  )
}

type Place = 'each' | 'device' | 'time' | 'value' | 'property'

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly placeholder?: string
  readonly value: string
  readonly fault?: string | undefined
  readonly isFirst?: boolean
  onChange(text: string): void
}

/** A line for a name, topic or place: all of them codes, so it runs from left to right in every language. */
function Field({ name, label, hint, placeholder, value, fault, isFirst = false, onChange }: FieldProps) {
  const id = useId()
  return (
    <div className="line">
      <label htmlFor={id}>{label}</label>
      <input
        className="field"
        id={id}
        data-field={name}
        dir="ltr"
        lang="en"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={400}
        placeholder={placeholder}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={fault || hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
        // biome-ignore lint/a11y/noAutofocus: a form that somebody has just asked for
        autoFocus={isFirst}
      />
      <Hint id={`${id}-hint`} fault={fault}>
        {hint}
      </Hint>
    </div>
  )
}
