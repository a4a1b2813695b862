import { createTranslator } from '@/shared/i18n'

import { zh } from './texts/zh'

export const translator = createTranslator({ zh, en: {} })

/** The words in English: at once for who reads it, ahead for who may switch to it. */
export async function fetchEnglish(): Promise<void> {
  const { en } = await import('./texts/en')
  translator.global.mergeLocaleMessage('en', en)
}

/** The words of tax business come with the first part that needs them: the first page of all stays light. */
export function withBusinessTexts<P>(load: () => Promise<P>): () => Promise<P> {
  return async () => {
    const [part] = await Promise.all([load(), fetchBusinessTexts()])
    return part
  }
}

/** The same with the words of binding, of being called, and of video that is asked for. */
export function withPhoneTexts<P>(load: () => Promise<P>): () => Promise<P> {
  return async () => {
    const [part, texts] = await Promise.all([load(), import('./texts/phone')])
    translator.global.mergeLocaleMessage('zh-CN', texts.phoneZh)
    translator.global.mergeLocaleMessage('en', texts.phoneEn)
    return part
  }
}

async function fetchBusinessTexts(): Promise<void> {
  const texts = await import('./texts/business')
  translator.global.mergeLocaleMessage('zh-CN', texts.businessZh)
  translator.global.mergeLocaleMessage('en', texts.businessEn)
}
