/**
 * uPlot asks Intl for the browser's language as it is loaded, and a bare POSIX locale ("en-US@posix") is no language
 * tag: it would throw. Imported before uPlot, this gives such a browser plain English.
 */
try {
  new Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true })
}

export {}
