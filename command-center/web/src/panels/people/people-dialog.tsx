import type { PersonSaved, PersonToSave } from '@quartier/contracts/api'
import { useState } from 'react'
import { fetchPeople } from '../../api/client.ts'
import { useWords } from '../../i18n/translate.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { errorWords } from '../../ui/error-words.ts'
import { Loading } from '../../ui/loading.tsx'
import { useRequest } from '../../ui/use-request.ts'
import { PeopleTable } from './people-table.tsx'
import { PersonForm } from './person-form.tsx'
import './people.css'

export type KnownPerson = Omit<PersonToSave, 'password'>

/** Who may sign in and what each may see and do; for administrators of the whole district. */
export function PeopleDialog({ onClose }: { onClose(): void }) {
  const { t } = useWords()
  const people = useRequest('people', fetchPeople)
  /** Who is being changed, or `new`. */
  const [changing, setChanging] = useState<KnownPerson | 'new'>()
  const [saved, setSaved] = useState<PersonSaved & { readonly password: string | null }>()

  if (changing) {
    const known = changing === 'new' ? undefined : changing
    const done = (answer: PersonSaved, password: string | null) => {
      setSaved({ ...answer, password })
      setChanging(undefined)
      people.retry()
    }
    return (
      <Dialog
        title={known ? t('people.edit', { name: known.displayName }) : t('people.add')}
        className="people"
        onClose={() => setChanging(undefined)}
      >
        <PersonForm
          known={known}
          taken={people.data?.people ?? []}
          onCancel={() => setChanging(undefined)}
          onSaved={done}
        />
      </Dialog>
    )
  }
  return (
    <Dialog title={t('top.people')} className="people" onClose={onClose}>
      <p className="soft intro">{t('people.intro')}</p>
      {saved && <Saved name={saved.person.displayName} password={saved.password} />}
      {people.loading && <Loading label={t('state.loading')} />}
      {people.error && (
        <div className="part-state" role="alert">
          <b>{errorWords(people.error, t)}</b>
          <button type="button" className="btn" onClick={people.retry}>
            {t('state.retry')}
          </button>
        </div>
      )}
      {people.data && <PeopleTable people={people.data.people} onChange={setChanging} />}
      <div className="actions">
        <button type="button" className="btn primary" onClick={() => setChanging('new')}>
          {t('people.add')}
        </button>
      </div>
    </Dialog>
  )
}

/** The outcome; a password is shown this once. */
function Saved({ name, password }: { name: string; password: string | null }) {
  const { t } = useWords()
  return (
    <div className="saved" role="status">
      {password === null ? (
        t('people.saved', { name })
      ) : (
        <>
          <span>{t('people.password', { name })}</span> <bdi className="secret">{password}</bdi>
          <span className="l">{t('people.passwordHint')}</span>
        </>
      )}
    </div>
  )
}
