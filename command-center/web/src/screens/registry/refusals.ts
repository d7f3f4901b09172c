/** Refused lines as a CSV for whoever mends the file. */
export function refusalsCsv(
  refused: readonly { readonly line: number; readonly reason: string }[],
  more: number,
): string {
  const rows = refused.map(({ line, reason }) => `${line},${quoted(reason)}`)
  const rest = more > 0 ? [`,${quoted(`and ${more} more`)}`] : []
  // A byte order mark, so that spreadsheets read Arabic.
  return `\uFEFF${['line,reason', ...rows, ...rest].join('\r\n')}\r\n`
}

/** Quoted as RFC 4180 says; nothing that a spreadsheet would take for a formula. */
function quoted(text: string): string {
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return `"${plain.replaceAll('"', '""')}"`
}

/** Hands a text out as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
