import { readonly, ref } from 'vue'

import { LANGUAGE_KEY, rememberedLanguage, type Language } from './remembered'

export { LANGUAGES, type Language } from './remembered'

const chosen = ref<Language>(rememberedLanguage())

export const language = readonly(chosen)

export function currentLanguage(): Language {
  return chosen.value
}

/** Keep the reader's language on this device; pages and requests follow at once. */
export function chooseLanguage(next: Language): void {
  chosen.value = next
  localStorage.setItem(LANGUAGE_KEY, next)
  document.documentElement.lang = next
}

/** The one of two names that the reader reads. */
export function inLanguage(name: { readonly zh: string; readonly en: string }): string {
  return chosen.value === 'en' ? name.en : name.zh
}
