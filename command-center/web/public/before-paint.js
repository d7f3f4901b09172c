// Sets theme and direction before the first paint; the page's own code takes over afterwards.
{
  const root = document.documentElement
  try {
    const kept = JSON.parse(localStorage.getItem('quartier.preferences') || '{}')
    if (kept.theme === 'dark') root.dataset.theme = 'dark'
    if (kept.language === 'ar') {
      root.lang = 'ar'
      root.dir = 'rtl'
    }
  } catch {
    // Storage is closed to us: the defaults stand.
  }
}
