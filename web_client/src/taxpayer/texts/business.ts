/** What pages of tax business say, from guidance to history. */
export { businessEn } from './business.en'
export { businessZh } from './business.zh'
