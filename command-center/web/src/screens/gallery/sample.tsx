import type { ReactNode } from 'react'

/** One kind of part with all its states. */
export const Sample = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <div className="sample">
    <h3 className="sec">{title}</h3>
    <div className="sample-body">{children}</div>
  </div>
)
