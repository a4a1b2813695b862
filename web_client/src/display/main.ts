import '@/shared/styles/tokens.css'
import '@/shared/styles/base.css'
import './styles.css'

import { createApp } from 'vue'

import { createTranslator } from '@/shared/i18n'

import App from './App.vue'
import { en } from './texts/en'
import { zh } from './texts/zh'

createApp(App).use(createTranslator({ zh, en })).mount('#app')
