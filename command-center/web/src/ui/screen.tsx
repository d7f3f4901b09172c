import type { ReactNode } from 'react'
import './screen.css'

interface Props {
  readonly title: string
  /** What this screen is for, in a sentence. */
  readonly intro?: ReactNode
  /** Stands at the end of the head: what can be done here. */
  readonly actions?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

/** The frame of a screen beside the map: its heading takes the focus on arrival, its body scrolls. */
export function Screen({ title, intro, actions, className = '', children }: Props) {
  return (
    <main className={`screen ${className}`} tabIndex={-1}>
      <header className="screen-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {intro && <p className="soft">{intro}</p>}
        </div>
        {actions && <div className="screen-actions">{actions}</div>}
      </header>
      <div className="screen-body">{children}</div>
    </main>
  )
}
