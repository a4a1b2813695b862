/** Hours and places as admins write them, and as the server takes them: pure. */
import type { components } from '@/generated/schema'

type S = components['schemas']

export type HallSetup = S['HallSetup']
export type HallPlace = S['HallPlace']
export type LineSetup = S['LineSetup']
export type HallRules = S['HallRules']
export type RulesBody = S['RulesBody']
export type Period = S['PeriodBody']
export type Capacity = S['CapacityBody']
export type Factor = S['FactorBody']
export type SpecialDay = S['SpecialDay']

const SPAN = /^(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})$/
const DAY_MIN = 1_440

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `08:30` of minutes after midnight. */
export function clockOf(minutes: number): string {
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** Minutes after midnight of `8:30`; none of what is no time. */
export function minutesAt(text: string): number | null {
  const found = /^(\d{1,2})[:：](\d{2})$/.exec(text.trim())
  if (found === null) return null
  const minutes = Number(found[1]) * 60 + Number(found[2])
  return Number(found[2]) < 60 && minutes < DAY_MIN ? minutes : null
}

/** `08:30-12:00, 14:00-17:30`; empty: closed. */
export function writtenPeriods(periods: readonly Period[]): string {
  return periods.map((period) => `${clockOf(period.opens_min)}-${clockOf(period.closes_min)}`).join(', ')
}

/** The periods of such a text; none where it is not one, or where they overlap or run backwards. */
export function periodsIn(text: string): Period[] | null {
  const periods: Period[] = []
  let before = 0
  for (const part of text.split(/[,，、;；]/).map((each) => each.trim())) {
    if (part === '') continue
    const found = SPAN.exec(part)
    if (found === null) return null
    const [opens, closes] = [Number(found[1]) * 60 + Number(found[2]), Number(found[3]) * 60 + Number(found[4])]
    if (Number(found[2]) > 59 || Number(found[4]) > 59) return null
    if (opens < before || opens >= closes || closes > DAY_MIN) return null
    periods.push({ opens_min: opens, closes_min: closes })
    before = closes
  }
  return periods
}

/** A week as it is written: each day's periods as a text. */
export interface WrittenWeek {
  first: string
  last: string
  days: string[]
}

/** Rules as they are written in the form; numbers stay texts until they are sent. */
export interface WrittenRules {
  slot_min: number | ''
  saturday_service: boolean
  lunch_duty: boolean
  weeks: WrittenWeek[]
  capacities: WrittenCapacity[]
  factors: WrittenFactor[]
}

export interface WrittenCapacity {
  kind: Capacity['kind']
  counters: number | ''
  each: number | ''
  weekday: number | ''
  start: string
  day: string
  lunch: boolean
}

export interface WrittenFactor {
  first: string
  last: string
  percent: number | ''
  kind: Capacity['kind'] | ''
  zh: string
  en: string
}

export function writtenRules(rules: HallRules): WrittenRules {
  return {
    slot_min: rules.slot_min,
    saturday_service: rules.saturday_service,
    lunch_duty: rules.lunch_duty,
    weeks: rules.hours.map((week) => ({
      first: week.first ?? '',
      last: week.last ?? '',
      days: week.days.map(writtenPeriods),
    })),
    capacities: rules.capacities.map((one) => ({
      kind: one.kind,
      counters: one.counters,
      each: one.each,
      weekday: one.weekday ?? '',
      start: one.start_min === null ? '' : clockOf(one.start_min),
      day: one.day ?? '',
      lunch: one.lunch,
    })),
    factors: rules.factors.map((one) => ({
      first: one.first,
      last: one.last,
      percent: one.percent,
      kind: one.kind ?? '',
      zh: one.reason.zh,
      en: one.reason.en,
    })),
  }
}

/** What is wrong with the rules as they stand, by the path that the server would name. */
export type Faults = Readonly<Record<string, 'number' | 'periods' | 'time' | 'dates'>>

function isWhole(value: number | '', least: number, most: number): boolean {
  return value !== '' && Number.isInteger(value) && value >= least && value <= most
}

export function faultsOf(rules: WrittenRules): Faults {
  const faults: Record<string, Faults[string]> = {}
  if (!isWhole(rules.slot_min, 5, 240)) faults.slot_min = 'number'
  rules.weeks.forEach((week, number) => {
    week.days.forEach((day, weekday) => {
      if (periodsIn(day) === null) faults[`hours.${number}.${weekday}`] = 'periods'
    })
    if (week.first !== '' && week.last !== '' && week.last < week.first) faults[`hours.${number}`] = 'dates'
  })
  rules.capacities.forEach((one, number) => {
    if (!isWhole(one.counters, 0, 200) || !isWhole(one.each, 1, 100)) faults[`capacities.${number}`] = 'number'
    else if (one.start !== '' && minutesAt(one.start) === null) faults[`capacities.${number}`] = 'time'
  })
  rules.factors.forEach((one, number) => {
    if (one.first === '' || one.last === '' || one.last < one.first) faults[`factors.${number}`] = 'dates'
    else if (!isWhole(one.percent, 0, 1_000)) faults[`factors.${number}`] = 'number'
  })
  return faults
}

/** The rules as the server takes them; only of rules without faults. */
export function rulesBody(rules: WrittenRules): RulesBody {
  return {
    slot_min: Number(rules.slot_min),
    saturday_service: rules.saturday_service,
    lunch_duty: rules.lunch_duty,
    hours: rules.weeks.map((week) => ({
      first: week.first === '' ? null : week.first,
      last: week.last === '' ? null : week.last,
      days: week.days.map((day) => periodsIn(day) ?? []),
    })),
    capacities: rules.capacities.map((one) => ({
      kind: one.kind,
      counters: Number(one.counters),
      each: Number(one.each),
      weekday: one.weekday === '' ? null : one.weekday,
      start_min: minutesAt(one.start),
      day: one.day === '' ? null : one.day,
      lunch: one.lunch,
    })),
    factors: rules.factors.map((one) => ({
      first: one.first,
      last: one.last,
      percent: Number(one.percent),
      kind: one.kind === '' ? null : one.kind,
      reason: { zh: one.zh, en: one.en },
    })),
  }
}

/** Region codes in a text, between commas or spaces; none where one of them is no code. */
export function codesIn(text: string): string[] | null {
  const codes = text.split(/[\s,，、]+/).filter((part) => part !== '')
  return codes.every((code) => /^\d{2,12}$/.test(code)) ? codes : null
}
