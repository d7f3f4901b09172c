import { useWords } from '../../i18n/translate.ts'
import { Check, Choice, Field } from '../../ui/fields.tsx'
import { type Faults, HOLDS, type MappingDraft, TIME_UNITS } from './mapping-draft.ts'
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
  const field = (name: 'name' | 'filter' | 'source' | 'ignore' | 'event' | Place) => {
    const fault = faults[name]
    return {
      code: true,
      maxLength: name === 'event' ? 4_000 : 400,
      'data-field': name,
      value: draft[name],
      fault: fault && t(fault),
      onChange: (text: string) => change({ [name]: text }),
    }
  }
  return (
    <>
      {isNew && <Field {...field('name')} label={t('mappings.name')} hint={t('mappings.nameHint')} autoFocus />}
      <Field {...field('filter')} label={t('mappings.filter')} hint={t('mappings.filterHint')} autoFocus={!isNew} />
      <Field {...field('source')} label={t('mappings.source')} hint={t('mappings.sourceHint')} />
      <fieldset>
        <legend>{t('mappings.where')}</legend>
        <p className="l">{t('mappings.whereHint')}</p>
        <Field {...field('device')} label={t('mappings.device')} placeholder="/dev/id" />
        <div className="pair">
          <Field {...field('time')} label={t('mappings.time')} placeholder="/ts" />
          <Choice
            label={t('mappings.timeUnit')}
            value={draft.timeUnit}
            options={TIME_UNITS.map((unit) => [unit, t(`mappings.unit.${unit}`)])}
            onChange={(timeUnit) => change({ timeUnit })}
          />
        </div>
        <Field {...field('each')} label={t('mappings.each')} hint={t('mappings.eachHint')} placeholder="/data" />
        <Choice
          label={t('mappings.holds')}
          value={draft.holds}
          options={HOLDS.map((holds) => [holds, t(`mappings.holds.${holds}`)])}
          onChange={(holds) => change({ holds })}
        />
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
            {...field('ignore')}
            label={t('mappings.ignore')}
            hint={t('mappings.ignoreHint')}
            placeholder="rssi, seq"
          />
        )}
        <Field
          {...field('event')}
          label={t('mappings.event')}
          hint={t('mappings.eventHint')}
          placeholder={'{"kind":"door-forced","attributes":{"door":"/door"}}'}
        />
      </fieldset>
      <Check checked={draft.enabled} onChange={(enabled) => change({ enabled })}>
        {t('mappings.enabled')}
      </Check>
    </>
  )
}

type Place = 'each' | 'device' | 'time' | 'value' | 'property'
