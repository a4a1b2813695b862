import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, URL } from 'node:url'
import { promisify } from 'node:util'
import { gzip, type ZlibOptions } from 'node:zlib'

import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.SHUITONG_DEV_SERVER ?? 'http://127.0.0.1:8080'

const WORTH_PACKING_BYTES = 1_000
/** The service worker, which is written once more after it was built. */
const WORKER = 'sw.js'
const packed: (content: Buffer, options: ZlibOptions) => Promise<Buffer> = promisify(gzip)

/** The dev server's history fallback for the other entries; aiohttp does the same for the built files. */
function officerFallback(): Plugin {
  return {
    name: 'officer-fallback',
    configureServer({ middlewares }) {
      middlewares.use((request, _response, next) => {
        const path = request.url?.split('?')[0] ?? ''
        if (path === '/display' || path === '/display/') request.url = '/display/index.html'
        if (path === '/officer' || (path.startsWith('/officer/') && !path.includes('.'))) {
          request.url = '/officer/index.html'
        }
        next()
      })
    },
  }
}

interface BuiltChunk {
  readonly type: 'chunk'
  readonly name: string
  readonly fileName: string
  readonly imports: readonly string[]
  readonly dynamicImports: readonly string[]
  readonly viteMetadata?: { readonly importedCss?: ReadonlySet<string>; readonly importedAssets?: ReadonlySet<string> }
}

/** The files of the taxpayer's client: what its entry imports, now or later, with their styles. */
function filesOf(bundle: Readonly<Record<string, unknown>>, entry: BuiltChunk): string[] {
  const found = new Set<string>()
  const open = [entry.fileName]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const chunk = bundle[name] as BuiltChunk | undefined
    if (chunk?.type !== 'chunk' || found.has(name)) continue
    found.add(name)
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style)
    for (const asset of chunk.viteMetadata?.importedAssets ?? []) found.add(asset)
    open.push(...chunk.imports, ...chunk.dynamicImports)
  }
  return [...found].sort()
}

/** Tells the service worker which files it keeps. Its own bytes change with them, by which browsers see a new version. */
function clientOfWorker(): Plugin {
  return {
    name: 'client-of-worker',
    writeBundle({ dir }, bundle) {
      const entry = Object.values(bundle).find((chunk) => chunk.type === 'chunk' && chunk.isEntry && chunk.name === 'taxpayer')
      if (dir === undefined || entry === undefined) throw new Error('the taxpayer entry was not built')
      const own = readdirSync(`${root}public`)
      const files = [...filesOf(bundle, entry as unknown as BuiltChunk), ...own].map((name) => `/${name}`)
      const version = createHash('sha256').update(files.join('\n'))
      for (const name of own) version.update(readFileSync(`${root}public/${name}`))
      version.update(readFileSync(`${dir}/index.html`))
      const client = { version: version.digest('hex').slice(0, 16), shell: `/${entry.fileName}`, files }
      const worker = `${dir}/${WORKER}`
      const code = readFileSync(worker, 'utf8')
      if (!code.includes('__CLIENT__')) throw new Error('the service worker does not ask for its files')
      writeFileSync(worker, code.replace('__CLIENT__', () => JSON.stringify(client)))
    },
  }
}

/** Beside each file that shrinks a packed one, which the server gives to browsers that take it. */
function packedFiles(): Plugin {
  return {
    name: 'packed-files',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name) && name !== WORKER)
      await Promise.all(
        names.map(async (name) => {
          const file = `${dir ?? ''}/${name}`
          const content = await readFile(file)
          if (content.length < WORTH_PACKING_BYTES) return
          await writeFile(`${file}.gz`, await packed(content, { level: 9 }))
        }),
      )
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    officerFallback(),
    clientOfWorker(),
    packedFiles(),
    Components({
      dts: false,
      dirs: [],
      resolvers: [VantResolver(), ElementPlusResolver({ importStyle: 'css' })],
    }),
  ],
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    host: '127.0.0.1',
    proxy: {
      // The server takes log-ins from its own origin only: keep the one that the browser shows.
      '/api': { target: server, changeOrigin: false },
      '/socket.io': { target: server, changeOrigin: false, ws: true },
    },
  },
  build: {
    target: ['chrome107', 'safari16', 'firefox115'],
    // The content security policy has no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The page that shows the HTTP interface is one library, loaded by nobody else.
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      input: { taxpayer: `${root}index.html`, officer: `${root}officer/index.html`, display: `${root}display/index.html`, reference: `${root}reference/index.html`, sw: `${root}worker/sw.ts` },
      // A service worker has one address for ever.
      output: { entryFileNames: ({ name }) => (name === 'sw' ? WORKER : 'assets/[name]-[hash].js') },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'worker/**/*.test.ts'],
    sequence: { shuffle: true },
    restoreMocks: true,
  },
})
