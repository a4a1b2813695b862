export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export const LANGUAGE_KEY = 'shuitong.language'

/** The language that was chosen on this device. */
export function rememberedLanguage(): Language {
  return localStorage.getItem(LANGUAGE_KEY) === 'en' ? 'en' : 'zh-CN'
}
