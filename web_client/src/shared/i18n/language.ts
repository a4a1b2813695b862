import { readonly, ref } from 'vue'

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const KEY = 'shuitong.language'

function remembered(): Language {
  return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh-CN'
}

const chosen = ref<Language>(remembered())

export const language = readonly(chosen)

export function currentLanguage(): Language {
  return chosen.value
}

/** Keep the reader's language on this device; pages and requests follow at once. */
export function chooseLanguage(next: Language): void {
  chosen.value = next
  localStorage.setItem(KEY, next)
  document.documentElement.lang = next
}

/** The one of two names that the reader reads. */
export function inLanguage(name: { readonly zh: string; readonly en: string }): string {
  return chosen.value === 'en' ? name.en : name.zh
}
