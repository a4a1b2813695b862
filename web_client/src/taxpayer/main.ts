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

import { createTranslator } from '@/shared/i18n'
import { startTheme } from '@/shared/theme'

import App from './App.vue'
import { unlockWithFirstTap } from './chime'
import { router } from './router'
import { en } from './texts/en'
import { zh } from './texts/zh'

startTheme()
unlockWithFirstTap()
createApp(App).use(createPinia()).use(createTranslator({ zh, en })).use(router).mount('#app')
