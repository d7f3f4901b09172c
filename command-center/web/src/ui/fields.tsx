import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from 'react'
import './fields.css'

type Input = Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'className' | 'id'>

interface FieldProps extends Input {
  readonly label: string
  readonly value: string
  /** What belongs into it. */
  readonly hint?: ReactNode
  /** What is wrong with what is in it; said in place of the hint. */
  readonly fault?: string | undefined
  /** Holds a name, topic or place: left to right in every language, and nobody corrects its spelling. */
  readonly code?: boolean
  readonly ref?: Ref<HTMLInputElement>
  onChange(text: string): void
}

const CODE = { dir: 'ltr', lang: 'en', autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const

/** A line to write in, with its label, and what is wrong with it or else what belongs into it. */
export function Field({ label, value, hint, fault, code = false, onChange, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="line">
      <label htmlFor={id}>{label}</label>
      <input
        dir="auto"
        {...(code && CODE)}
        {...input}
        className="field"
        id={id}
        value={value}
        aria-invalid={fault === undefined ? undefined : true}
        aria-describedby={fault || hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <Hint id={`${id}-hint`} fault={fault}>
        {hint}
      </Hint>
    </div>
  )
}

interface HintProps {
  readonly id: string
  readonly fault?: string | undefined
  readonly children?: ReactNode
}

/** What is wrong with a field, or else what belongs into it. */
export function Hint({ id, fault, children }: HintProps) {
  if (!fault && !children) return null
  return (
    <p className={fault ? 'fault' : 'l'} id={id}>
      {fault ?? children}
    </p>
  )
}

interface SearchFieldProps extends Omit<Input, 'type'> {
  readonly label: string
  readonly value: string
  onChange(text: string): void
}

/** A line to look for something in a list, named by what it looks for. */
export const SearchField = ({ label, value, onChange, ...input }: SearchFieldProps) => (
  <input
    dir="auto"
    maxLength={200}
    {...input}
    type="search"
    className="field"
    value={value}
    aria-label={label}
    placeholder={label}
    onChange={(event) => onChange(event.target.value)}
  />
)

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly (readonly [value: Value, words: string])[]
  readonly hint?: ReactNode
  /** The label is only told, not written: in a row of tools. */
  readonly bare?: boolean
  onChange(value: NoInfer<Value>): void
}

/** One of several, with its label. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  hint,
  bare = false,
  onChange,
}: ChoiceProps<Value>) {
  const id = useId()
  const select = (
    <select
      className="field"
      id={id}
      value={value}
      aria-label={bare ? label : undefined}
      aria-describedby={hint ? `${id}-hint` : undefined}
      onChange={(event) => onChange(event.target.value as Value)}
    >
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  )
  if (bare) return select
  return (
    <div className="line">
      <label htmlFor={id}>{label}</label>
      {select}
      <Hint id={`${id}-hint`}>{hint}</Hint>
    </div>
  )
}

interface CheckProps {
  readonly checked: boolean
  readonly children: ReactNode
  readonly disabled?: boolean
  onChange(checked: boolean): void
}

/** Something that is so or not, as part of a form. */
export const Check = ({ checked, children, disabled, onChange }: CheckProps) => (
  <label className="check">
    <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
    <span>{children}</span>
  </label>
)

/** Something that is on or off from this moment. */
export const Switch = ({ checked, children, disabled, onChange }: CheckProps) => (
  <label className="check switch">
    <input
      type="checkbox"
      role="switch"
      aria-checked={checked}
      checked={checked}
      disabled={disabled}
      onChange={(event) => onChange(event.target.checked)}
    />
    <span>{children}</span>
  </label>
)

interface PickProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly (readonly [value: Value, words: string])[]
  onChange(value: NoInfer<Value>): void
}

/** One of a few that all stand in sight. */
export function Pick<Value extends string>({ label, value, options, onChange }: PickProps<Value>) {
  const name = useId()
  return (
    <fieldset className="pick">
      <legend>{label}</legend>
      <div>
        {options.map(([one, words]) => (
          <label key={one}>
            <input type="radio" name={name} checked={one === value} onChange={() => onChange(one)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
