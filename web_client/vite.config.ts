import { fileURLToPath, URL } from 'node:url'

import { VantResolver } from '@vant/auto-import-resolver'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.SHUITONG_DEV_SERVER ?? 'http://127.0.0.1:8080'

/** The dev server's history fallback for the second entry; aiohttp does the same for the built files. */
function officerFallback(): Plugin {
  return {
    name: 'officer-fallback',
    configureServer({ middlewares }) {
      middlewares.use((request, _response, next) => {
        const path = request.url?.split('?')[0] ?? ''
        if (path === '/officer' || (path.startsWith('/officer/') && !path.includes('.'))) {
          request.url = '/officer/index.html'
        }
        next()
      })
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    officerFallback(),
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
    rollupOptions: {
      input: { taxpayer: `${root}index.html`, officer: `${root}officer/index.html` },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    sequence: { shuffle: true },
    restoreMocks: true,
  },
})
