import type { ReactNode } from 'react'

/** Choices that belong together. */
export function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="part">
      <h2 className="sec">{title}</h2>
      <div className="part-body">{children}</div>
    </section>
  )
}
