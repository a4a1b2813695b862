import { currentLanguage, type Language } from '@/shared/i18n/language'
import { translatorOf, type Messages } from '@/shared/i18n/translator'

import { loginZh } from './texts/login.zh'

/** Texts that travel together, in one language at a time. */
type Part = 'login' | 'main' | 'business' | 'phone'

const TEXTS: Record<Part, Record<Language, () => Promise<Messages>>> = {
  /** The first page of all. Its Chinese is there at once: where other words do not arrive, it is better than none. */
  login: {
    'zh-CN': () => Promise.resolve(loginZh),
    en: async () => (await import('./texts/login.en')).loginEn,
  },
  /** From the home page to the end of a call. */
  main: {
    'zh-CN': async () => (await import('./texts/main.zh')).mainZh,
    en: async () => (await import('./texts/main.en')).mainEn,
  },
  /** Tax business, from guidance to history. */
  business: {
    'zh-CN': async () => (await import('./texts/business.zh')).businessZh,
    en: async () => (await import('./texts/business.en')).businessEn,
  },
  /** Binding of tickets on paper, being called, video that is asked for, a newer version. */
  phone: {
    'zh-CN': async () => (await import('./texts/phone.zh')).phoneZh,
    en: async () => (await import('./texts/phone.en')).phoneEn,
  },
}

/** What is spoken of on pages that have been open, so that a change of the language changes all of it. */
const spoken = new Set<Part>(['login'])
const merged = new Set<string>()

export const translator = translatorOf({ 'zh-CN': {}, en: {} }, (language) => fetchTexts([...spoken], language))

async function fetchPart(part: Part, language: Language): Promise<void> {
  if (merged.has(`${part} ${language}`)) return
  translator.global.mergeLocaleMessage(language, await TEXTS[part][language]())
  merged.add(`${part} ${language}`)
}

async function fetchTexts(parts: readonly Part[], language: Language): Promise<void> {
  await Promise.all(parts.map((part) => fetchPart(part, language)))
}

/** The words of the first page, in the reader's language where they arrive. */
export async function fetchFirstTexts(): Promise<void> {
  await fetchPart('login', 'zh-CN')
  await Promise.allSettled([fetchPart('login', currentLanguage())])
}

/** A part of the client with what it says: each page brings its words in the reader's language, and no others. */
export function withTexts<P>(parts: readonly Part[], load: () => Promise<P>): () => Promise<P> {
  return async () => {
    for (const part of parts) spoken.add(part)
    const [loaded] = await Promise.all([load(), fetchTexts(parts, currentLanguage())])
    return loaded
  }
}

/** All words in both languages, for a device that may soon be without a network. */
export const allTexts: readonly (() => Promise<void>)[] = (Object.keys(TEXTS) as Part[]).flatMap((part) =>
  (['zh-CN', 'en'] as const).map((language) => () => fetchPart(part, language)),
)
