import { describe, expect, it } from 'vitest'

import { NO_FIGURES, type Figures, type Flaw, type Quality } from './quality'
import { megabits, percent, qualityWords, worstOf } from './quality_words'
import { sharedEn } from '../i18n/shared.en'
import { sharedZh } from '../i18n/shared.zh'

function quality(level: number, flaw: Flaw | null, figures: Partial<Figures> = {}): Quality {
  return { level, flaw, figures: { ...NO_FIGURES, ...figures } }
}

describe('qualityWords', () => {
  it('says nothing of what is not known', () => {
    expect(qualityWords(quality(0, null), 'own')).toEqual({ level: 0, flaw: null, figures: [] })
  })

  it('shows the known figures of both directions', () => {
    const { figures } = qualityWords(quality(3, null, { round_trip_ms: 28, loss_up_permille: 3, kbits_down: 1480, frozen_permille: 0 }), 'peer')
    expect(figures).toEqual([
      { what: 'roundTrip', values: { up: '28', down: '28' } },
      { what: 'loss', values: { up: '0.3', down: '—' } },
      { what: 'rate', values: { up: '—', down: '1.5' } },
      { what: 'frozen', values: { up: '—', down: '0' } },
    ])
  })

  it.each(['loss_down', 'loss_up', 'freezes', 'delay', 'jitter'] as const)('has a sentence for %s', (flaw) => {
    for (const whose of ['own', 'peer'] as const) {
      const key = qualityWords(quality(1, flaw), whose).flaw ?? ''
      for (const texts of [sharedZh, sharedEn]) expect(textAt(texts, key.replace('shared.', ''))).toMatch(/./)
    }
  })
})

function textAt(texts: unknown, key: string): string {
  const found = key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], texts)
  return typeof found === 'string' ? found : ''
}

describe('worstOf', () => {
  it('takes the highest, but the lowest rate', () => {
    const held = [
      { figure: 'kbits_up', least: 64, mean: 900, most: 1500 },
      { figure: 'something_later', least: 0, mean: 0, most: 0 },
      { figure: 'loss_down_permille', least: 0, mean: 3, most: 250 },
      { figure: 'round_trip_ms', least: 20, mean: 31, most: 700 },
    ]
    expect(worstOf(held)).toEqual([
      { figure: 'round_trip_ms', mean: '31 ms', worst: '700 ms' },
      { figure: 'loss_down_permille', mean: '0.3%', worst: '25%' },
      { figure: 'kbits_up', mean: '0.90 Mbit/s', worst: '0.06 Mbit/s' },
    ])
  })
})

describe('numbers', () => {
  it.each([
    [3, '0.3'],
    [25, '2.5'],
    [100, '10'],
    [1000, '100'],
  ])('%i permille is %s per cent', (permille, words) => {
    expect(percent(permille)).toBe(words)
  })

  it.each([
    [0, '0.00'],
    [64, '0.06'],
    [1480, '1.5'],
  ])('%i kbit/s is %s Mbit/s', (kbits, words) => {
    expect(megabits(kbits)).toBe(words)
  })
})
