import { nameIn, type Translate, useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import type { Registry } from '../../live/registry.ts'
import type { Language } from '../../theme/preferences.ts'
import type { KnownPerson } from './people-dialog.tsx'

interface Props {
  readonly people: readonly KnownPerson[]
  onChange(person: KnownPerson): void
}

export function PeopleTable({ people, onChange }: Props) {
  const { t, language } = useWords()
  const registry = useRegistry()
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>{t('people.name')}</th>
          <th>{t('people.role')}</th>
          <th>{t('people.sees')}</th>
          <th>
            <span className="vh">{t('people.change')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {people.map((person) => (
          <tr key={person.name} data-person={person.name} className={person.enabled ? '' : 'mute'}>
            <td>
              <span className="clip" dir="auto">
                {person.displayName}
              </span>
              <bdi className="l clip">{person.name}</bdi>
            </td>
            <td>{person.enabled ? t(`role.${person.role}`) : t('people.blocked')}</td>
            <td>{zoneWords(person.zones, registry, t, language)}</td>
            <td className="n">
              <button
                type="button"
                className="btn"
                aria-label={t('people.edit', { name: person.displayName })}
                onClick={() => onChange(person)}
              >
                {t('people.change')}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function zoneWords(zones: readonly string[], registry: Registry, t: Translate, language: Language): string {
  if (zones.length === 0) return t('people.everything')
  if (zones.length > 1) return t('people.zones', { n: zones.length })
  const zone = registry.placeById.get(zones[0]!)
  return zone ? nameIn(language, zone) : zones[0]!
}
