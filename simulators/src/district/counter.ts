/** Counts occurrences: 1 for the first call with a name, 2 for the second, … */
export function createCounter(): (name: string) => number {
  const counts = new Map<string, number>()
  return (name) => {
    const n = (counts.get(name) ?? 0) + 1
    counts.set(name, n)
    return n
  }
}

export const pad = (n: number, digits: number): string => String(n).padStart(digits, '0')
