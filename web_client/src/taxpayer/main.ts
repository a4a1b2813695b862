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

import { currentLanguage } from '@/shared/i18n/language'
import { fetchAhead } from '@/shared/pageCode'
import { startTheme } from '@/shared/theme'

import App from './App.vue'
import { unlockWithFirstTap } from './chime'
import { router } from './router'
import { fetchEnglish, translator } from './translator'

startTheme()
unlockWithFirstTap()

async function start(): Promise<void> {
  // Where the words do not arrive, a page in Chinese is better than none.
  if (currentLanguage() === 'en') await Promise.allSettled([fetchEnglish()])
  else fetchAhead([fetchEnglish])
  createApp(App).use(createPinia()).use(translator).use(router).mount('#app')
}

void start()
