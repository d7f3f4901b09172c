import type { ReactNode } from 'react'

/** A number, code or unit: isolated and left to right in every language. */
export const Num = ({ children, className }: { children: ReactNode; className?: string }) => (
  <bdi className={className ? `num ${className}` : 'num'}>{children}</bdi>
)
