/** A report as its table shows it. Pure. */
import { callLength } from '@/shared/format'

import { BREAK_REASONS, type BreakReason } from '../board'
import { percentInTime, type Figures, type ReportRow, type ReportView } from './figures'

export type By = ReportView['by']

const LENGTHS = ['wait_p50_ms', 'wait_p90_ms', 'wait_max_ms', 'service_p50_ms', 'service_p90_ms', 'service_mean_ms'] as const

/** The order of the files that are saved too (cases/reports/sheets.py). */
const ORDER = [
  'issued', 'called', 'wait_p50_ms', 'wait_p90_ms', 'wait_max_ms', 'in_time', 'finished', 'unsuccessful',
  'service_p50_ms', 'service_p90_ms', 'service_mean_ms', 'abandoned', 'reactivated', 'lapsed', 'cancelled', 'dismissed', 'transferred',
] as const

export type Column = (typeof ORDER)[number]

/** Nobody's call is behind these. */
const OF_NOBODY: readonly Column[] = ['issued', 'cancelled', 'dismissed']

export function columnsOf(by: By): readonly Column[] {
  return by === 'officer' ? ORDER.filter((column) => !OF_NOBODY.includes(column)) : ORDER
}

export function cellOf(figures: Figures, column: Column): string {
  if (column === 'in_time') {
    const percent = percentInTime(figures)
    return percent === null ? '–' : `${percent} %`
  }
  const value = figures[column]
  if (value === null) return '–'
  return LENGTHS.some((one) => one === column) ? callLength(value) : String(value)
}

/** The breaks of an officer, or of all of them: how many, and how long for each reason. */
export function breaksOf(rows: readonly ReportRow[]): { count: number; ms: number; reasons: readonly [BreakReason, number][] } {
  const every = rows.flatMap((row) => row.breaks)
  const lengths = BREAK_REASONS.map((reason): [BreakReason, number] => [reason, sum(every.filter((one) => one.reason === reason).map((one) => one.total_ms))])
  return {
    count: sum(every.map((one) => one.count)),
    ms: sum(every.map((one) => one.total_ms)),
    reasons: lengths.filter(([, ms]) => ms > 0),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

export interface Span {
  readonly from: string
  readonly to: string
  readonly by: By
}

/** What the server is asked for. */
export function queryOf(span: Span): { from_day: string; to_day: string; by: By } {
  return { from_day: span.from, to_day: span.to, by: span.by }
}

/** Whether the days can be asked for: both there, in their order. */
export function areDays(from: string, to: string): boolean {
  return from !== '' && to !== '' && from <= to
}
