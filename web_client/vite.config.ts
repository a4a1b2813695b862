import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, URL } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, type BrotliOptions, type ZlibOptions } from 'node:zlib'

import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.SHUITONG_DEV_SERVER ?? 'http://127.0.0.1:8080'

/** The packed scripts with which a first visit can log in. More needs a reason: on a slow network 20 kB are 0.1 s. */
const FIRST_SCRIPTS_MOST_BYTES = 100_000
const WORTH_PACKING_BYTES = 1_000
/** The service worker, which is written once more after it was built. */
const WORKER = 'sw.js'
const packed: (content: Buffer, options: ZlibOptions) => Promise<Buffer> = promisify(gzip)
const packedSmaller: (content: Buffer, options: BrotliOptions) => Promise<Buffer> = promisify(brotliCompress)

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

/** The taxpayer's first script, what it asks for at once, and what it asks for where somebody is signed in. */
const OPENING = 'src/taxpayer/opening.ts'
const FIRST = 'src/taxpayer/main.ts'
const ALL_ICONS = '/lucide-vue.mjs'
const HOME = 'src/taxpayer/home.ts'
/** What comes after them on every page: questions, of those who log in too, and the sheets that ring. */
const DIALOG = 'src/taxpayer/components/ConfirmDialog.vue'
const LATE = 'src/taxpayer/components/LateParts.vue'

/** Which of the icons a module takes out of the list of all. */
function iconFiles(code: string, list: string): string[] {
  const names = [...code.matchAll(/import \{([^}]*)\} from ["']@lucide\/vue["']/g)].flatMap(([, taken]) => (taken ?? '').split(','))
  return names.flatMap((name) => {
    const [, file] = new RegExp(`default as ${name.trim().split(' ')[0] ?? ''}[ ,}][^;]*? from ["']\\.(/icons/[^"']+)`).exec(list) ?? []
    return file === undefined ? [] : [file]
  })
}

/**
 * The files in which the taxpayer's first two steps travel: few for each, as every file costs a round trip. What
 * officers' pages share stands apart from the taxpayer's own; all else goes as the bundler thinks best.
 */
class FewFiles {
  private readonly steps: { readonly modules: ReadonlySet<string>; readonly own: string | null; readonly shared: string | null }[] = []
  /** A file takes along what its modules import, but for what has a file of those before it. */
  readonly groups = ['opening', 'base', 'first', 'live', 'signed-in', 'dialog', 'rings', 'late'].map((file, place) => ({
    debugName: file,
    name: (id: string) => (this.fileOf(id) === file ? file : null),
    priority: 10 - place,
  }))

  plugin(): Plugin {
    const { steps } = this
    return {
      name: 'few-files',
      apply: 'build',
      buildEnd() {
        const importsOf = (id: string): readonly string[] => this.getModuleInfo(id)?.importedIds ?? []
        const neededBy = (entry: string): ReadonlySet<string> => {
          const found = new Set([`${root}${entry}`])
          for (const id of found) {
            const imported = importsOf(id)
            const icons = imported.find((one) => one.endsWith(ALL_ICONS))
            for (const one of imported) if (one !== icons) found.add(one)
            if (icons === undefined) continue
            const files = iconFiles(this.getModuleInfo(id)?.code ?? '', this.getModuleInfo(icons)?.code ?? '')
            for (const one of importsOf(icons)) if (files.some((file) => one.endsWith(file))) found.add(one)
          }
          return found
        }
        steps.push(
          { modules: new Set([OPENING, FIRST, HOME, LATE].map((module) => `${root}${module}`)), own: null, shared: null },
          { modules: neededBy(OPENING), own: 'opening', shared: 'opening' },
          { modules: neededBy(FIRST), own: 'first', shared: 'base' },
          { modules: neededBy(HOME), own: 'signed-in', shared: 'live' },
          { modules: neededBy(DIALOG), own: 'dialog', shared: 'dialog' },
          { modules: neededBy(LATE), own: 'late', shared: 'rings' },
        )
      },
    }
  }

  private fileOf(id: string): string | null {
    const step = this.steps.find(({ modules }) => modules.has(id))
    if (step === undefined) return null
    return id.startsWith(`${root}src/taxpayer/`) ? step.own : step.shared
  }
}

const fewFiles = new FewFiles()

interface BuiltChunk {
  readonly type: 'chunk'
  readonly name: string
  readonly isEntry: boolean
  readonly fileName: string
  readonly facadeModuleId: string | null
  readonly imports: readonly string[]
  readonly dynamicImports: readonly string[]
  readonly viteMetadata?: { readonly importedCss?: ReadonlySet<string>; readonly importedAssets?: ReadonlySet<string> }
}

type Bundle = Readonly<Record<string, unknown>>

function chunksOf(bundle: Bundle): BuiltChunk[] {
  return Object.values(bundle).filter((one) => (one as BuiltChunk).type === 'chunk') as BuiltChunk[]
}

/** The taxpayer's page names what its first script will ask for, so that the browser does not learn of it one by one. */
function firstFiles(): Plugin {
  return {
    name: 'first-files',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle, chunk }) {
        if (bundle === undefined || chunk?.name !== 'taxpayer') return []
        const first = chunksOf(bundle).find(({ facadeModuleId }) => facadeModuleId === `${root}${FIRST}`)
        if (first === undefined) throw new Error(`${FIRST} was not built as a chunk of its own`)
        const files = filesOf(bundle, first, { later: false })
        // What its own script imports is named already.
        return files.filter((name) => !html.includes(`/${name}"`)).map((name) => ({
          tag: 'link',
          attrs: { rel: name.endsWith('.css') ? 'stylesheet' : 'modulepreload', crossorigin: true, href: `/${name}` },
          injectTo: 'head' as const,
        }))
      },
    },
  }
}

/** Ends the build where the log-in page has become heavy, and says by what. */
function firstWeight(): Plugin {
  return {
    name: 'first-weight',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      const chunks = chunksOf(bundle).filter(({ isEntry, name, facadeModuleId }) => (isEntry && name === 'taxpayer') || facadeModuleId === `${root}${FIRST}`)
      const names = new Set(chunks.flatMap((chunk) => filesOf(bundle, chunk, { later: false })).filter((name) => name.endsWith('.js')))
      const weighed = await Promise.all(
        [...names].map(async (name) => ({ name, bytes: (await packed(await readFile(`${dir ?? ''}/${name}`), { level: 9 })).length })),
      )
      const whole = weighed.reduce((sum, { bytes }) => sum + bytes, 0)
      if (whole <= FIRST_SCRIPTS_MOST_BYTES) return
      const parts = weighed.sort((one, other) => other.bytes - one.bytes).map(({ name, bytes }) => `  ${bytes} ${name}`)
      throw new Error(
        [`the log-in page loads ${whole} bytes of packed scripts, of at most ${FIRST_SCRIPTS_MOST_BYTES}:`, ...parts, 'import what it does not need in the page that does, or later'].join('\n'),
      )
    },
  }
}

/** The files of a chunk: what it imports, now or also later, with their styles. */
function filesOf(bundle: Bundle, entry: BuiltChunk, { later }: { later: boolean }): string[] {
  const found = new Set<string>()
  const open = [entry.fileName]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const chunk = bundle[name] as BuiltChunk | undefined
    if (chunk?.type !== 'chunk' || found.has(name)) continue
    found.add(name)
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style)
    for (const asset of chunk.viteMetadata?.importedAssets ?? []) found.add(asset)
    open.push(...chunk.imports, ...(later ? chunk.dynamicImports : []))
  }
  return [...found].sort()
}

/** Tells the service worker which files it keeps. Its own bytes change with them, by which browsers see a new version. */
function clientOfWorker(): Plugin {
  return {
    name: 'client-of-worker',
    writeBundle({ dir }, bundle) {
      const entry = chunksOf(bundle).find(({ isEntry, name }) => isEntry && name === 'taxpayer')
      if (dir === undefined || entry === undefined) throw new Error('the taxpayer entry was not built')
      const own = readdirSync(`${root}public`)
      const files = [...filesOf(bundle, entry, { later: true }), ...own].map((name) => `/${name}`)
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

/** Beside each file that shrinks two packed ones, of which the server gives browsers the smallest that they take. */
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
          const text = { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } }
          await Promise.all([
            packed(content, { level: 9 }).then((small) => writeFile(`${file}.gz`, small)),
            packedSmaller(content, text).then((small) => writeFile(`${file}.br`, small)),
          ])
        }),
      )
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    officerFallback(),
    fewFiles.plugin(),
    firstFiles(),
    firstWeight(),
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
  resolve: {
    alias: [
      { find: '@', replacement: fileURLToPath(new URL('./src', import.meta.url)) },
      // Without its compiler of messages: `shared/i18n/compiling.ts` does what ours need.
      { find: /^vue-i18n$/, replacement: 'vue-i18n/dist/vue-i18n.runtime.mjs' },
    ],
  },
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
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? WORKER : 'assets/[name]-[hash].js'),
        codeSplitting: {
          groups: fewFiles.groups,
        },
      },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'worker/**/*.test.ts'],
    sequence: { shuffle: true },
    restoreMocks: true,
    // They run beside pytest, and no test is judged by how long it takes.
    testTimeout: 60_000,
  },
})
