import { firstEn } from './first.en'
import { firstZh } from './first.zh'
import { sharedEn } from './shared.en'
import { sharedZh } from './shared.zh'
import { translatorOf, type Messages } from './translator'

export * from './language'
export type { Messages, Translation } from './translator'

/** One translator for an entry: its own texts, and the shared ones under `shared`. It follows the chosen language. */
export function createTranslator(own: { zh: Messages; en: Messages }) {
  return translatorOf({
    'zh-CN': { shared: { ...firstZh, ...sharedZh }, ...own.zh },
    en: { shared: { ...firstEn, ...sharedEn }, ...own.en },
  })
}
