import { nameIn, type Translate, useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import type { Registry } from '../../live/registry.ts'
import type { Language } from '../../theme/preferences.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import type { KnownPerson } from './people-screen.tsx'

interface Props {
  readonly people: readonly KnownPerson[]
  onChange(person: KnownPerson): void
}

export function PeopleTable({ people, onChange }: Props) {
  const { t, language } = useWords()
  const registry = useRegistry()
  const columns: readonly Column<KnownPerson>[] = [
    {
      name: 'name',
      title: t('people.name'),
      width: '34%',
      order: (a, b) => a.displayName.localeCompare(b.displayName, language),
      cell: ({ displayName, name }) => (
        <>
          <span className="clip" dir="auto">
            {displayName}
          </span>
          <bdi className="l clip">{name}</bdi>
        </>
      ),
    },
    {
      name: 'role',
      title: t('people.role'),
      order: (a, b) => a.role.localeCompare(b.role),
      cell: ({ enabled, role }) => (enabled ? t(`role.${role}`) : t('people.blocked')),
    },
    {
      name: 'sees',
      title: t('people.sees'),
      wide: true,
      cell: ({ zones }) => zoneWords(zones, registry, t, language),
    },
    {
      name: 'change',
      title: t('people.change'),
      width: '116px',
      numeric: true,
      bare: true,
      cell: (person) => (
        <button
          type="button"
          className="btn"
          aria-label={t('people.edit', { name: person.displayName })}
          onClick={() => onChange(person)}
        >
          {t('people.change')}
        </button>
      ),
    },
  ]
  return (
    <DataTable
      label={t('screen.people')}
      columns={columns}
      rows={people}
      keyOf={({ name }) => name}
      rowProps={({ name, enabled }) => ({ 'data-person': name, className: enabled ? '' : 'mute' })}
    />
  )
}

function zoneWords(zones: readonly string[], registry: Registry, t: Translate, language: Language): string {
  if (zones.length === 0) return t('people.everything')
  if (zones.length > 1) return t('people.zones', { n: zones.length })
  const zone = registry.placeById.get(zones[0]!)
  return zone ? nameIn(language, zone) : zones[0]!
}
