import type { ReactNode } from 'react'
import './tabs.css'

interface Props<Name extends string> {
  /** What is chosen between. */
  readonly label: string
  readonly shown: Name
  readonly tabs: readonly (readonly [name: Name, words: ReactNode])[]
  onShow(name: NoInfer<Name>): void
}

/** Chooses which of several lists shows in one place. */
export function Tabs<Name extends string>({ label, shown, tabs, onShow }: Props<Name>) {
  return (
    <fieldset className="list-tabs">
      <legend className="vh">{label}</legend>
      {tabs.map(([name, words]) => (
        <button key={name} type="button" aria-pressed={shown === name} onClick={() => onShow(name)}>
          {words}
        </button>
      ))}
    </fieldset>
  )
}
