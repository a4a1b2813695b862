import '@/shared/styles/tokens.css'
import '@/shared/styles/base.css'
import 'element-plus/theme-chalk/base.css'
import '@/shared/styles/element-plus.css'
import './styles.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { createTranslator } from '@/shared/i18n'
import { startTheme } from '@/shared/theme'

import App from './App.vue'
import { router } from './router'
import { en } from './texts/en'
import { zh } from './texts/zh'

startTheme()
createApp(App).use(createPinia()).use(createTranslator({ zh, en })).use(router).mount('#app')
