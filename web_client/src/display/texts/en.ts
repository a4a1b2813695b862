import type { Translation } from '@/shared/i18n'

import type { zh } from './zh'

export const en: Translation<typeof zh> = {
  title: 'Shuitong · Hall display',
  hint: 'When you are called, please go to the counter; with an online ticket, look at your phone',
  calling: 'Now calling',
  nobody: 'Nobody is being called',
  before: 'Called before',
  nothingBefore: 'Nobody has been called today yet',
  waiting: 'Waiting',
  people: 'waiting',
  about: 'about {minutes} min',
  counter: 'Counter {counter}',
  online: 'Online video',
  missed: 'Missed',
  came: 'Being served',
  done: 'Done',
  again: 'Missed your call? No need to queue again: reactivate within {minutes} minutes at reception or on your phone.',
  priority: 'Priority for people aged 65+ or with disabilities',
  closed: 'No more calls today',
  frozen: 'The queue is being restored; every ticket is kept',
  lost: 'Disconnected, reconnecting',
  asOf: 'As of {time}',
  voice: { unlock: 'Tap once to turn on announcements', none: 'This browser cannot read aloud' },
  key: {
    title: 'Open the hall display',
    hint: 'Type the display code from your administrator. Capitals and hyphens do not matter.',
    label: 'Display code',
    missing: 'Please type the display code of 20 characters',
    submit: 'Open',
  },
}
