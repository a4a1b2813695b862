import '@/shared/styles/tokens.css'
import '@/shared/styles/base.css'
// Only what is used: the kit's own list brings an icon font, part of it from another host.
import 'vant/es/style/base.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import '@/shared/styles/vant.css'
import './page.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { fetchAhead } from '@/shared/pageCode'
import { pause } from '@/shared/pause'
import { startTheme } from '@/shared/theme'

import App from './App.vue'
import { unlockWithFirstTap } from './chime'
import { readALittle } from './readALittle'
import { laterParts, router } from './router'
import { fetchFirstTexts, translator } from './translator'

startTheme()
unlockWithFirstTap()

/** A page that does not open in time is opened empty: its bars say what is the matter. */
const OPENS_IN_MS = 3_000

async function start(): Promise<void> {
  await fetchFirstTexts()
  const app = createApp(App).use(createPinia()).use(translator).use(router)
  await Promise.race([Promise.allSettled([router.isReady()]), pause(OPENS_IN_MS)])
  app.mount('#app')
  await readALittle()
  await fetchAhead(laterParts)
}

void start()
