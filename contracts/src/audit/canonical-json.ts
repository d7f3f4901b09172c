/**
 * JSON with one spelling: members sorted by UTF-16 code units, no spaces, undefined members left out.
 * Source: RFC 8785, JSON Canonicalization Scheme; numbers and strings as JSON.stringify writes them, which is its rule.
 * @param value plain JSON values only; a number that is not finite becomes null, as in JSON.stringify
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
