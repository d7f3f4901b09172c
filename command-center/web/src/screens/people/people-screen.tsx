import type { PersonSaved, PersonToSave } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchPeople } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Said, Secret } from '../../ui/said.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Asked } from '../../ui/states.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { PeopleTable } from './people-table.tsx'
import { PersonForm } from './person-form.tsx'
import './people.css'

export type KnownPerson = Omit<PersonToSave, 'password'>

/** Who may sign in and what each may see and do; for administrators of the whole district. */
export default function PeopleScreen() {
  const { t } = useWords()
  const people = useRequest('people', fetchPeople)
  /** Who is being changed, or `new`. */
  const [changing, setChanging] = useState<KnownPerson | 'new'>()
  const [saved, setSaved] = useState<PersonSaved & { readonly password: string | null }>()
  const known = changing === 'new' ? undefined : changing
  const done = (answer: PersonSaved, password: string | null) => {
    setSaved({ ...answer, password })
    setChanging(undefined)
    people.retry()
  }
  return (
    <Screen
      title={t('screen.people')}
      intro={t('people.intro')}
      className="people"
      actions={
        <button type="button" className="btn primary" onClick={() => setChanging('new')}>
          {t('people.add')}
        </button>
      }
    >
      {saved && <Saved name={saved.person.displayName} password={saved.password} />}
      <Asked request={people}>{(answer) => <PeopleTable people={answer.people} onChange={setChanging} />}</Asked>
      {changing && (
        <Dialog
          title={known ? t('people.edit', { name: known.displayName }) : t('people.add')}
          className="person"
          onClose={() => setChanging(undefined)}
        >
          <PersonForm
            known={known}
            taken={people.data?.people ?? []}
            onCancel={() => setChanging(undefined)}
            onSaved={done}
          />
        </Dialog>
      )}
    </Screen>
  )
}

/** The outcome; a password is shown this once. */
function Saved({ name, password }: { name: string; password: string | null }) {
  const { t } = useWords()
  if (password === null) return <Said>{t('people.saved', { name })}</Said>
  return (
    <Said>
      <span>{t('people.password', { name })}</span> <Secret>{password}</Secret>
      <span className="l">{t('people.passwordHint')}</span>
    </Said>
  )
}
