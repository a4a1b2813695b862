import type { firstZh } from './first.zh'
import type { Translation } from './translator'

/** What every page can say, the very first one too. */
export const firstEn: Translation<typeof firstZh> = {
  name: 'Shuitong',
  slogan: 'Your tax office, by video',
  language: { switch: '中文', name: 'English' },
  back: 'Back',
  close: 'Close',
  retry: 'Try again',
  submitting: 'Sending',
  connection: {
    lost: 'Connection lost, reconnecting',
    attempt: 'Attempt {count}',
    restored: 'Connected again',
  },
  network: {
    offline: 'You are offline. Nothing was lost: press again once you are connected.',
    timeout: 'No answer for a long time. Nothing was lost: please press again.',
    unreadable: 'The service does not answer right now. Nothing was lost: please press again in a moment.',
  },
}
