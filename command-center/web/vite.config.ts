import { readFileSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const SERVER = 'http://127.0.0.1:8080'
const FIRST_FONTS = ['ibm-plex-sans-latin-400-normal', 'ibm-plex-sans-latin-500-normal']

export default defineConfig({
  plugins: [react(), preloadFonts(FIRST_FONTS), serviceWorker()],
  server: {
    port: 5173,
    proxy: { '/api': SERVER, '/socket.io': { target: SERVER, ws: true } },
  },
  build: {
    target: 'es2023',
    // The page is served with a policy of "self only": nothing is inlined as data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1400,
    rolldownOptions: {
      // Contracts bring words beside their schemas; the page needs the words, and leaves the schemas to the server.
      treeshake: {
        moduleSideEffects: (id) => !/contracts\/src|node_modules\/zod/.test(id),
        manualPureFunctions: ['z'],
      },
      output: {
        // MapLibre's renderer and deck.gl change rarely and are fetched beside the entry, never before it.
        codeSplitting: {
          groups: [
            // The build's own helper is used everywhere; without this it travels in the largest chunk that uses it.
            { name: 'preload', test: /vite\/preload-helper/, priority: 1 },
            { name: 'maplibre', test: /node_modules[\\/]maplibre-gl/ },
            { name: 'deck', test: /node_modules[\\/](@deck\.gl|@luma\.gl|@math\.gl|@loaders\.gl|@probe\.gl|mjolnir)/ },
          ],
        },
      },
    },
  },
})

/** Preloads the fonts that the first picture needs, under the names the build gave them. */
function preloadFonts(names: readonly string[]): Plugin {
  return {
    name: 'preload-fonts',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        return Object.keys(bundle ?? {})
          .filter((file) => file.endsWith('.woff2') && names.some((name) => file.includes(name)))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'preload', href: `/${file}`, as: 'font', type: 'font/woff2', crossorigin: '' },
            injectTo: 'head' as const,
          }))
      },
    },
  }
}

/** Writes the service worker with the names that the build gave: the shell is kept at once, other files once they were used. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((file) => file.startsWith('assets/') && !file.endsWith('.map'))
      const first = new Set<string>()
      const add = (file: string) => {
        const part = bundle[file]
        if (part?.type !== 'chunk' || first.has(file)) return
        first.add(file)
        part.imports.forEach(add)
      }
      for (const part of Object.values(bundle))
        if (part.type === 'chunk' && (part.isEntry || part.facadeModuleId?.endsWith('/shell/shell.tsx')))
          add(part.fileName)
      const isFirst = (file: string) =>
        first.has(file) ||
        /\/(index|shell)-[^/]+\.css$/.test(file) ||
        (file.endsWith('.woff2') && FIRST_FONTS.some((name) => file.includes(name)))
      const paths = (names: readonly string[]) => JSON.stringify(names.map((name) => `/${name}`))
      const source = readFileSync(new URL('service-worker.js', import.meta.url), 'utf8')
        .replace('__SHELL__', paths(['', 'before-paint.js', 'brand.svg', ...files.filter(isFirst)]))
        .replace('__FILES__', paths(files))
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source })
    },
  }
}
