import '@/shared/styles/tokens.css'
import '@/shared/styles/base.css'
import '@/shared/styles/element-plus.css'

import { createApp } from 'vue'

import { createTranslator } from '@/shared/i18n'
import { startTheme } from '@/shared/theme'

import App from './App.vue'
import { en } from './texts/en'
import { zh } from './texts/zh'

startTheme()
createApp(App).use(createTranslator({ zh, en })).mount('#app')
