import { STATE_WORDS } from '@quartier/contracts/live'
import { useMemo } from 'react'
import { changeDesk, isFiltering, type MapFilter, NO_FILTER, useDesk } from '../../desk-state.ts'
import { nameIn, useWords } from '../../i18n/translate.ts'
import { kindName, propertyName } from '../../i18n/vocabulary.ts'
import { useRegistry } from '../../live/hooks.ts'
import type { TileStore } from '../../live/tiles.ts'

type Choice = readonly [value: string, words: string]

/** What passes: a state, a zone, and of what is loaded a kind and a property. */
export function FilterTool({ tiles }: { tiles: TileStore }) {
  const { t, language } = useWords()
  const { zones } = useRegistry()
  const { filter } = useDesk()
  const { details, detailsVersion } = tiles
  // biome-ignore lint/correctness/useExhaustiveDependencies: the indexes come one by one; the version says when
  const { kinds, properties } = useMemo(() => choicesIn(tiles), [details, detailsVersion])
  const change = (part: Partial<MapFilter>) => changeDesk({ filter: { ...filter, ...part } })
  const one = (values: readonly string[]): string => values[0] ?? ''
  const many = (value: string): readonly string[] => (value === '' ? [] : [value])
  const withChosen = (values: readonly string[], chosen: readonly string[]) =>
    [...new Set([...values, ...chosen])].sort()
  return (
    <fieldset className="filter-fields">
      <legend className="vh">{t('map.filter')}</legend>
      <Select
        label={t('map.filterState')}
        value={one(filter.states)}
        choices={STATE_WORDS.map((word) => [word, t(`is.${word}`)])}
        onChange={(value) => change({ states: many(value) as MapFilter['states'] })}
      />
      <Select
        label={t('map.filterZone')}
        value={one(filter.zones)}
        choices={zones.map((zone) => [zone.id, nameIn(language, zone)])}
        onChange={(value) => change({ zones: many(value) })}
      />
      <Select
        label={t('map.filterKind')}
        value={one(filter.kinds)}
        choices={withChosen(kinds, filter.kinds).map((kind) => [kind, kindName(kind, language)])}
        onChange={(value) => change({ kinds: many(value) })}
      />
      <Select
        label={t('map.filterProperty')}
        value={one(filter.properties)}
        choices={withChosen(properties, filter.properties).map((name) => [name, propertyName(name, language)])}
        onChange={(value) => change({ properties: many(value) })}
      />
      <p className="tool-foot">
        <button
          type="button"
          className="btn"
          disabled={!isFiltering(filter)}
          onClick={() => changeDesk({ filter: NO_FILTER })}
        >
          {t('map.filterClear')}
        </button>
      </p>
    </fieldset>
  )
}

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly choices: readonly Choice[]
  onChange(value: string): void
}

function Select({ label, value, choices, onChange }: SelectProps) {
  const { t } = useWords()
  return (
    <label>
      <span className="l">{label}</span>
      <select
        className="field"
        value={value}
        disabled={choices.length === 0}
        onChange={(e) => onChange(e.target.value)}
      >
        <option value="">{t('map.filterAny')}</option>
        {choices.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}

function choicesIn({ details }: TileStore): { kinds: string[]; properties: string[] } {
  const kinds = new Set<string>()
  const properties = new Set<string>()
  for (const { index } of details) {
    for (const { kind } of index?.assets ?? []) kinds.add(kind)
    if (index?.level === 'sensors') for (const { property } of index.series) properties.add(property)
  }
  return { kinds: [...kinds], properties: [...properties] }
}
