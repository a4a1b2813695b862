import { describe, expect, it } from 'vitest'

import { codesIn, faultsOf, minutesAt, periodsIn, rulesBody, writtenPeriods, writtenRules, type HallRules } from './hours'

const MORNING = { opens_min: 510, closes_min: 720 }
const RULES: HallRules = {
  slot_min: 30,
  saturday_service: true,
  lunch_duty: false,
  hours: [{ days: [[MORNING, { opens_min: 840, closes_min: 1_050 }], [], [], [], [], [], []], first: null, last: null }],
  capacities: [
    { kind: 'onsite', counters: 3, each: 1, weekday: null, start_min: 540, day: '2026-12-01', lunch: false },
  ],
  factors: [
    { first: '2026-12-01', last: '2026-12-15', percent: 50, kind: null, reason: { zh: '征期', en: 'Filing' } },
  ],
}

describe('periods', () => {
  it('are read as they are written, also in Chinese ways', () => {
    expect(writtenPeriods(RULES.hours[0]?.days[0] ?? [])).toBe('08:30-12:00, 14:00-17:30')
    expect(periodsIn('8:30－12:00')).toBeNull()
    expect(periodsIn('8:30至12:00、14：00～17：30')).toEqual(RULES.hours[0]?.days[0])
    expect(periodsIn(' ')).toEqual([])
  })

  it('neither overlap nor run backwards', () => {
    for (const wrong of ['12:00-8:30', '8:30-12:00, 11:00-13:00', '8:30', '8:61-9:00', '23:00-25:00', 'x']) {
      expect(periodsIn(wrong)).toBeNull()
    }
    expect([minutesAt('9:00'), minutesAt('24:00'), minutesAt('9:60'), minutesAt('')]).toEqual([540, null, null, null])
  })
})

describe('rules', () => {
  it('come back as they were', () => {
    const written = writtenRules(RULES)
    expect(faultsOf(written)).toEqual({})
    expect(rulesBody(written)).toEqual(RULES)
  })

  it('say what is wrong and where', () => {
    const written = writtenRules(RULES)
    written.slot_min = ''
    written.weeks[0]?.days.splice(2, 1, 'noon')
    written.capacities.forEach((one) => (one.counters = 500))
    written.factors.forEach((one) => (one.last = '2026-11-01'))
    expect(faultsOf(written)).toEqual({
      slot_min: 'number',
      'hours.0.2': 'periods',
      'capacities.0': 'number',
      'factors.0': 'dates',
    })
  })
})

it('reads region codes', () => {
  expect(codesIn('440402，440403 4404')).toEqual(['440402', '440403', '4404'])
  expect(codesIn('')).toEqual([])
  expect(codesIn('珠海')).toBeNull()
})
