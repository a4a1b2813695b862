import type { Translation } from '@/shared/i18n'

import type { zh } from './zh'

export const en: Translation<typeof zh> = {
  title: 'Shuitong · officers',
}
