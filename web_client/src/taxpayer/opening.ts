/** The first script: small, so that who is signed in is asked, and what they need fetched, as early as can be. */
import { rememberedLanguage } from '@/shared/i18n/remembered'

import { askAhead } from './firstAnswer'

async function fetchHome(): Promise<void> {
  const english = rememberedLanguage() === 'en'
  await Promise.allSettled([import('./home'), english ? import('./texts/main.en') : import('./texts/main.zh')])
}

async function open(): Promise<void> {
  if (await askAhead()) await fetchHome()
}

void import('./main')
void open()
