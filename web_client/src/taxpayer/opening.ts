/** The first script: small, so that who is signed in is asked, and what they need fetched, as early as can be. */
import { rememberedLanguage } from '@/shared/i18n/remembered'

import { askAhead, wasSignedIn } from './firstAnswer'

async function fetchHome(): Promise<void> {
  const english = rememberedLanguage() === 'en'
  await Promise.allSettled([import('./home'), english ? import('./texts/main.en') : import('./texts/main.zh')])
}

/**
 * The home page's data are asked for at once where somebody was signed in a moment ago. Its code waits for the answer
 * that they still are: earlier it would keep the code that comes first from arriving.
 */
async function open(): Promise<void> {
  const signedIn = askAhead('/api/v1/taxpayer/session')
  const isHome = window.location.pathname === '/'
  if (isHome && wasSignedIn()) void askAhead('/api/v1/taxpayer/home')
  if (await signedIn) await fetchHome()
}

void import('./main')
void open()
