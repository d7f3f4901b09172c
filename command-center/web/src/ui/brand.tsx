/** A block with its courtyard and one lane leaving it: a Q in plan. */
export const Brand = ({ size = 20 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" className="brand-mark">
    <path d="M1 1H17V17H1Z" fill="none" strokeWidth="2" />
    <path d="M6 6H12V12H6Z" className="court" stroke="none" />
    <path d="M13 13L19.2 19.2" strokeWidth="2.4" />
  </svg>
)
