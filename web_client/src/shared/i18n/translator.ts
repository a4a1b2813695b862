import { watch } from 'vue'
import { createI18n } from 'vue-i18n'

import { compile } from './compiling'
import { currentLanguage, language, type Language } from './language'

/** Texts as a tree; a leaf is a vue-i18n message. */
export interface Messages {
  [key: string]: string | Messages
}

/** The same tree with any words: the type of a translation, so that no text is missing in it. */
export type Translation<M> = { [K in keyof M]: M[K] extends string ? string : Translation<M[K]> }

/**
 * A translator with those texts; more can be merged into it. It follows the chosen language once `arrived` says that
 * the words are there.
 */
export function translatorOf(
  messages: Record<Language, Messages>,
  arrived: (language: Language) => Promise<void> | undefined = () => undefined,
) {
  const i18n = createI18n({
    legacy: false,
    locale: currentLanguage(),
    fallbackLocale: 'zh-CN',
    messages,
    messageCompiler: compile,
  })
  document.documentElement.lang = currentLanguage()
  watch(language, async (next) => {
    await arrived(next)
    // It may have been chosen anew meanwhile.
    i18n.global.locale.value = language.value
  })
  return i18n
}
