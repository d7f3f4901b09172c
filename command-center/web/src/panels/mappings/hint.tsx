import type { ReactNode } from 'react'

/** What is wrong with a field, or else what belongs into it. */
export function Hint({ id, fault, children }: { id: string; fault: string | undefined; children?: ReactNode }) {
  if (fault)
    return (
      <p className="fault" id={id}>
        {fault}
      </p>
    )
  return children ? (
    <p className="l" id={id}>
      {children}
    </p>
  ) : null
}
