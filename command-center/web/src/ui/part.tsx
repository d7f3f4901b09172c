import type { ReactNode } from 'react'
import './part.css'

interface Props {
  readonly title: string
  /** Stands at the end of the head. */
  readonly end?: ReactNode
  readonly children: ReactNode
}

/** A part of a screen under its own head. */
export function Part({ title, end, children }: Props) {
  return (
    <section className="screen-part">
      <h2 className="sec">
        {title}
        {end && <span className="end">{end}</span>}
      </h2>
      {children}
    </section>
  )
}
