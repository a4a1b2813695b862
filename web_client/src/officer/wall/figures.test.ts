import { describe, expect, it } from 'vitest'

import { attention, busiest, dayBefore, dayStartMs, inOrder, minutesOf, percentInTime, sinceOf, spanWords, stateOf, type Figures, type WallLine, type WallOfficer, type WallView } from './figures'

const NOTHING: Figures = {
  issued: 0, called: 0, within_target: 0, wait_p50_ms: null, wait_p90_ms: null, wait_max_ms: null, finished: 0, unsuccessful: 0,
  service_p50_ms: null, service_p90_ms: null, service_mean_ms: null, abandoned: 0, reactivated: 0, lapsed: 0, cancelled: 0, dismissed: 0, transferred: 0,
}

function line(letter: string, some: Partial<WallLine> = {}): WallLine {
  return {
    line: { line_id: letter, letter, kind: 'consult', name: { zh: letter, en: letter } },
    is_open: true, waiting: 0, oldest_issued_at_ms: null, serving: 1, today: NOTHING, ...some,
  }
}

function officer(staffNumber: string, some: Partial<WallOfficer> = {}): WallOfficer {
  return {
    officer_id: staffNumber, officer: { name: staffNumber, staff_number: staffNumber }, state: 'ready', on_break: null, since_ms: 1, presence: 'here',
    away_since_ms: null, line_ids: [], ticket: null, on_hold: 0, today: NOTHING, ...some,
  }
}

function wall(some: Partial<WallView> = {}): WallView {
  return {
    hall: { hall_id: 'h', name: { zh: '厅', en: 'Hall' }, region: { zh: '区', en: 'D' }, time_zone: 'Asia/Shanghai' },
    day: '2026-11-27', target_ms: 900_000, version: 1, counted_version: 1, closed_at_ms: null, waiting: 0, oldest_issued_at_ms: null,
    today: NOTHING, waits: [], crowd: [], lines: [], officers: [], ...some,
  }
}

describe('figures', () => {
  it('says 100 % only where nobody came too late', () => {
    expect(percentInTime({ ...NOTHING, called: 1000, within_target: 999 })).toBe(99)
    expect(percentInTime({ ...NOTHING, called: 3, within_target: 3 })).toBe(100)
    expect(percentInTime(NOTHING)).toBeNull()
  })

  it('names the spans of waits, the last without an end', () => {
    expect(spanWords(900_000, 10)).toEqual(['0–3', '3–6', '6–9', '9–12', '12–15', '15–18', '18–21', '21–24', '24–27', '27+'])
    expect(spanWords(60_000, 3)).toEqual(['0–0.2', '0.2–0.4', '0.4+'])
    expect(minutesOf(null)).toBeNull()
  })

  it('puts who is not heard of first, and signed off last', () => {
    const all = [
      officer('5', { state: 'signed_off', presence: null }),
      officer('4'),
      officer('3', { presence: 'away', away_since_ms: 7 }),
      officer('2', { state: 'serving' }),
      officer('1', { state: 'serving', presence: 'silent' }),
    ]
    expect(inOrder(all).map((one) => [one.officer_id, stateOf(one), sinceOf(one)])).toEqual([
      ['3', 'away', 7], ['1', 'silent', 1], ['2', 'serving', 1], ['4', 'ready', 1], ['5', 'signed_off', null],
    ])
  })
})

describe('attention', () => {
  it('is nothing while nobody waits too long', () => {
    expect(attention(wall({ lines: [line('A', { waiting: 1, oldest_issued_at_ms: 0 })] }), 900_000)).toEqual([])
  })

  it('tells of long waits, lines that nobody serves and consoles that are gone', () => {
    const found = attention(
      wall({
        closed_at_ms: 1,
        lines: [line('A', { waiting: 1, oldest_issued_at_ms: 0, serving: 2 }), line('B', { waiting: 3, oldest_issued_at_ms: 0, serving: 0 }), line('C')],
        officers: [officer('1', { presence: 'silent' }), officer('2', { presence: 'away' }), officer('3')],
      }),
      900_001,
    )
    expect(found).toEqual([
      { kind: 'closed' },
      { kind: 'away', name: '2' },
      { kind: 'unserved', letter: 'B', count: 3 },
      { kind: 'longWait', letter: 'A', waitMs: 900_001, serving: 2 },
      { kind: 'silent', name: '1' },
    ])
  })

  it('knows the busiest line', () => {
    expect(busiest([line('A'), line('B', { waiting: 2 }), line('C', { waiting: 2 })])?.line.letter).toBe('B')
    expect(busiest([line('A')])).toBeNull()
  })
})

describe('days at the hall', () => {
  it('are those of its zone', () => {
    const late = Date.parse('2026-11-30T16:30:00Z')
    expect(dayBefore(late, 'Asia/Shanghai', 0)).toBe('2026-12-01')
    expect(dayBefore(late, 'Asia/Shanghai', 1)).toBe('2026-11-30')
    expect(dayBefore(late, 'UTC', 29)).toBe('2026-11-01')
  })

  it.each([
    ['2026-11-27', 'Asia/Shanghai', '2026-11-26T16:00:00Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['2026-11-27', 'Asia/Kathmandu', '2026-11-26T18:15:00Z'],
    ['2026-11-27', 'Pacific/Kiritimati', '2026-11-26T10:00:00Z'],
    ['2026-11-27', 'Pacific/Pago_Pago', '2026-11-27T11:00:00Z'],
  ])('begin at midnight: %s in %s', (day, zone, at) => {
    expect(new Date(dayStartMs(day, zone)).toISOString()).toBe(at.replace('Z', '.000Z'))
  })
})
