import { watch } from 'vue'
import { createI18n } from 'vue-i18n'

import { currentLanguage, language } from './language'
import { sharedEn } from './shared.en'
import { sharedZh } from './shared.zh'

export * from './language'

/** Texts as a tree; a leaf is a vue-i18n message. */
export interface Messages {
  [key: string]: string | Messages
}

/** The same tree with any words: the type of a translation, so that no text is missing in it. */
export type Translation<M> = { [K in keyof M]: M[K] extends string ? string : Translation<M[K]> }

/** One translator for an entry: its own texts, and the shared ones under `shared`. It follows the chosen language. */
export function createTranslator(own: { zh: Messages; en: Messages }) {
  const i18n = createI18n({
    legacy: false,
    locale: currentLanguage(),
    fallbackLocale: 'zh-CN',
    messages: {
      'zh-CN': { shared: sharedZh, ...own.zh },
      en: { shared: sharedEn, ...own.en },
    },
  })
  document.documentElement.lang = currentLanguage()
  watch(language, (next) => {
    i18n.global.locale.value = next
  })
  return i18n
}
