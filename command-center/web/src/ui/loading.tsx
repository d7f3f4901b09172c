import { useEffect, useState } from 'react'

const PATIENCE_MS = 300

/** Static bars, after a moment, with the words of what is being loaded. */
export function Loading({ label }: { label: string }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="loading" aria-busy="true" data-shown={shown}>
      <span className="soft">{label}</span>
      <span className="bar" />
      <span className="bar" />
    </div>
  )
}
