import { describe, expect, it } from 'vitest'

import type { FieldDefinition } from '@/shared/forms/definition'

import { shownOf, valueOf, yuanOf } from './entry'

const words = { zh: '', en: '' }
const field = (type: FieldDefinition['type']): FieldDefinition => ({
  id: 'a',
  type,
  label: words,
  hint: null,
  unit: null,
  required: false,
  shown: null,
  computed: null,
  prefill: null,
})

describe('what is typed in a field', () => {
  it.each([
    ['money', '126.4', 12640],
    ['money', ' 1,126.40', 112640],
    ['money', '0.29', 29],
    ['money', '12.345', '12.345'],
    ['money', '十二', '十二'],
    ['integer', '12', 12],
    ['integer', '1.5', '1.5'],
    ['number', '33.333333', '33.333333'],
    ['text', ' 粤C 8K726', ' 粤C 8K726'],
    ['text', '', null],
  ] as const)('of %s is the value of %s', (type, typed, value) => {
    expect(valueOf(field(type), typed)).toBe(value)
  })

  it('shows amounts with two places', () => {
    expect([5, 12640, -1].map(yuanOf)).toEqual(['0.05', '126.40', '-0.01'])
    expect(shownOf(field('money'), 100)).toBe('1.00')
    expect(shownOf(field('money'), '十二')).toBe('十二')
  })
})
