import { describe, expect, it } from 'vitest'

import { closeWord, endWord, TICKET_REASONS } from './closeWords'
import { mainEn } from './texts/main.en'
import { mainZh } from './texts/main.zh'
import { sampleTicket } from './ticketSample'

describe('the words for an end', () => {
  it.each(['completed', 'ticket_cancelled', 'hall_closed', 'ticket_lost'])('are those of the reason %s', (reason) => {
    expect(closeWord(reason)).toBe(reason)
  })

  it('are general for a reason that this page does not know', () => {
    expect(closeWord('something_new')).toBe('other')
  })

  it.each([
    ['finished', 'completed'],
    ['cancelled', 'ticket_cancelled'],
    ['lapsed', 'not_reactivated'],
  ] as const)('follow the state %s where no reason is known yet', (state, word) => {
    expect(endWord(sampleTicket({ state }))).toBe(word)
  })

  it('are those of the reason where there is one', () => {
    expect(endWord(sampleTicket({ state: 'finished', close_reason: 'completed_unsuccessfully' }))).toBe(
      'completed_unsuccessfully',
    )
  })

  it('stand in both languages', () => {
    for (const texts of [mainZh, mainEn]) {
      expect(Object.keys(texts.finished)).toEqual(expect.arrayContaining([...TICKET_REASONS, 'other']))
      expect(Object.keys(texts.close)).toEqual(expect.arrayContaining([...TICKET_REASONS, 'other']))
    }
  })
})
