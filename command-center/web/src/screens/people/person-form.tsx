import type { PersonSaved, PersonToSave } from '@quartier/contracts/api'
import { ROLES, type Role } from '@quartier/contracts/records'
import { type FormEvent, useRef, useState } from 'react'
import { RequestError, savePerson } from '../../api/client.ts'
import { nameIn, type Translate, useWords } from '../../i18n/translate.ts'
import { useRegistry } from '../../live/hooks.ts'
import { errorWords } from '../../ui/error-words.ts'
import { Check, Choice, Field } from '../../ui/fields.tsx'
import { Problem } from '../../ui/said.tsx'
import { newPassword } from './password.ts'
import type { KnownPerson } from './people-screen.tsx'

interface Props {
  /** Absent for a new person. */
  readonly known: KnownPerson | undefined
  readonly taken: readonly KnownPerson[]
  onCancel(): void
  /** @param password to be shown once, `null` when the old one stands */
  onSaved(answer: PersonSaved, password: string | null): void
}

const USER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

export function PersonForm({ known, taken, onCancel, onSaved }: Props) {
  const { t, language } = useWords()
  const [name, setName] = useState(known?.name ?? '')
  const [displayName, setDisplayName] = useState(known?.displayName ?? '')
  const [role, setRole] = useState<Role>(known?.role ?? 'operator')
  const [zones, setZones] = useState<readonly string[]>(known?.zones ?? [])
  const [enabled, setEnabled] = useState(known?.enabled ?? true)
  const [renew, setRenew] = useState(false)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const command = useRef({ key: '', body: '' })

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const fault = faultIn(name, displayName, known ? [] : taken, t)
    setProblem(fault)
    if (fault) return
    const password = renew ? newPassword() : undefined
    const person: PersonToSave = {
      name,
      displayName: displayName.trim(),
      role,
      zones: [...zones],
      enabled,
      language: known?.language ?? language,
      ...(password && { password }),
    }
    const body = JSON.stringify(person)
    if (command.current.body !== body) command.current = { key: crypto.randomUUID(), body }
    setBusy(true)
    try {
      const answer = await savePerson(person, command.current.key)
      onSaved(answer, password ?? answer.generatedPassword)
    } catch (error) {
      setProblem(refusalWords(error as Error, t))
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Field
        name="display"
        label={t('people.name')}
        maxLength={120}
        autoComplete="off"
        value={displayName}
        onChange={setDisplayName}
        autoFocus
      />
      {!known && (
        <Field
          name="user"
          code
          label={t('login.user')}
          hint={t('people.userHint')}
          maxLength={64}
          value={name}
          onChange={setName}
        />
      )}
      <Choice
        label={t('people.role')}
        value={role}
        options={ROLES.map((one) => [one, t(`role.${one}`)])}
        hint={t(`role.${role}.may`)}
        onChange={setRole}
      />
      <Zones chosen={zones} onChange={setZones} />
      <Check checked={enabled} onChange={setEnabled}>
        {t('people.enabled')}
      </Check>
      {known && (
        <Check checked={renew} onChange={setRenew}>
          {t('people.newPassword')}
        </Check>
      )}
      <Problem>{problem}</Problem>
      <div className="form-actions">
        <button type="submit" className="btn primary" disabled={busy}>
          {t('people.save')}
        </button>
        <button type="button" className="btn" onClick={onCancel}>
          {t('people.cancel')}
        </button>
      </div>
    </form>
  )
}

/** The zones that the person sees; none chosen is the whole district. */
function Zones({ chosen, onChange }: { chosen: readonly string[]; onChange(zones: readonly string[]): void }) {
  const { t, language } = useWords()
  const { zones } = useRegistry()
  if (zones.length === 0) return null
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])
  return (
    <fieldset>
      <legend>{t('people.sees')}</legend>
      <p className="l">{t('people.zonesHint')}</p>
      <div className="zones">
        {zones.map((zone) => (
          <Check key={zone.id} checked={chosen.includes(zone.id)} onChange={() => toggle(zone.id)}>
            {nameIn(language, zone)}
          </Check>
        ))}
      </div>
    </fieldset>
  )
}

/** What has to be put right before anything is sent; empty when nothing has. */
export function faultIn(name: string, displayName: string, taken: readonly { readonly name: string }[], t: Translate) {
  if (!displayName.trim()) return t('people.nameMissing')
  if (!USER_NAME.test(name)) return t('people.userHint')
  return taken.some((person) => person.name === name) ? t('people.taken') : ''
}

function refusalWords(error: Error, t: Translate): string {
  if (error instanceof RequestError && error.code === 'PERSON_CONFLICT') return t('people.conflict')
  return errorWords(error, t) || t('state.panelFailed')
}
