// Sets theme and direction before the first paint; the page's own code takes over afterwards.
{
  const root = document.documentElement
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('quartier.preferences') || '{}')
  } catch {
    // Storage is closed to us: what the browser asks for stands.
  }
  const theme = kept.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  const language = kept.language || (navigator.language.startsWith('ar') ? 'ar' : 'en')
  if (theme === 'dark') root.dataset.theme = 'dark'
  if (language === 'ar') {
    root.lang = 'ar'
    root.dir = 'rtl'
  }
}
