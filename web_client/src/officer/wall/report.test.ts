import { describe, expect, it } from 'vitest'

import type { Figures } from './figures'
import { areDays, cellOf, columnsOf } from './report'

const FIGURES: Figures = {
  issued: 9, called: 3, within_target: 2, wait_p50_ms: 61_000, wait_p90_ms: null, wait_max_ms: 3_661_000, finished: 2, unsuccessful: 1,
  service_p50_ms: null, service_p90_ms: null, service_mean_ms: null, abandoned: 1, reactivated: 0, lapsed: 0, cancelled: 0, dismissed: 0, transferred: 0,
}

describe('a report', () => {
  it('has no columns for officers behind which is nobody', () => {
    expect(columnsOf('day')).toHaveLength(17)
    expect(columnsOf('officer')).toHaveLength(14)
    expect(columnsOf('officer')).not.toContain('issued')
  })

  it('shows counts, lengths, and what there is none of', () => {
    expect((['issued', 'wait_p50_ms', 'wait_p90_ms', 'wait_max_ms', 'in_time'] as const).map((one) => cellOf(FIGURES, one))).toEqual([
      '9', '01:01', '–', '1:01:01', '66 %',
    ])
    expect(cellOf({ ...FIGURES, called: 0 }, 'in_time')).toBe('–')
  })

  it('is of days in their order', () => {
    expect([areDays('2026-11-01', '2026-11-01'), areDays('2026-11-02', '2026-11-01'), areDays('', '2026-11-01')]).toEqual([true, false, false])
  })
})
