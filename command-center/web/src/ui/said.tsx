import type { ReactNode } from 'react'
import './said.css'

/** What was just done, or issued and is shown this once: a line with an ink bar that screen readers are told. */
export function Said({ children, className = '' }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <div className={`said ${className}`} role="status">
      {children}
    </div>
  )
}

/** Why something was not done. Always there, so that a screen reader hears when it is filled. */
export const Problem = ({ children }: { readonly children: ReactNode }) => (
  <p className="problem" role="alert">
    {children}
  </p>
)

/** A secret, to be copied whole. */
export const Secret = ({ children }: { readonly children: string }) => <bdi className="secret">{children}</bdi>
