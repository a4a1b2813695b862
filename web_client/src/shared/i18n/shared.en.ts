import type { Translation } from './index'
import type { sharedZh } from './shared.zh'

export const sharedEn: Translation<typeof sharedZh> = {
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
  moved: {
    title: 'The call is open on another page',
    body: 'It can be on one page at a time.',
    here: 'Continue here',
  },
  network: {
    offline: 'You are offline. Nothing was lost: press again once you are connected.',
    timeout: 'No answer for a long time. Nothing was lost: please press again.',
    unreadable: 'The service does not answer right now. Nothing was lost: please press again in a moment.',
  },
  development: 'Development check',
}
