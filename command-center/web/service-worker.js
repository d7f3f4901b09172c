// Keeps the shell of the page, so that it opens on a bad connection and can be installed. Never a value: whatever comes
// from /api or a socket goes by.
// The build writes both lists in: what is fetched at once, and every file of this build.
const SHELL = __SHELL__
const FILES = new Set(__FILES__)
const CACHE = 'quartier'

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOlderBuilds())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== location.origin || request.method !== 'GET') return
  if (request.mode === 'navigate') event.respondWith(newest(request, '/'))
  else if (FILES.has(pathname)) event.respondWith(keptFile(request))
  else if (SHELL.includes(pathname)) event.respondWith(newest(request, pathname))
})

/** What the server has; what was kept when the server is out of reach. */
async function newest(request, path) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(path)
    if (kept) return kept
    throw error
  }
}

/** Files whose names change with their content are fetched once. */
async function keptFile(request) {
  const kept = await caches.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) {
    const cache = await caches.open(CACHE)
    await cache.put(request, response.clone())
  }
  return response
}

async function forgetOlderBuilds() {
  const cache = await caches.open(CACHE)
  const kept = await cache.keys()
  const old = kept.filter(({ url }) => {
    const { pathname } = new URL(url)
    return !FILES.has(pathname) && !SHELL.includes(pathname)
  })
  await Promise.all(old.map((request) => cache.delete(request)))
}
