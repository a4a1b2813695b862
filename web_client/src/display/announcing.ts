/** What a screen shows and says of a board, worked out: pure. */
import type { components } from '@/generated/schema'

type S = components['schemas']

export type DisplayBoard = S['DisplayBoard']
export type DisplayCall = S['DisplayCall']
export type DisplayLine = S['DisplayLine']

export interface Sentence {
  readonly text: string
  readonly lang: 'zh-CN' | 'en-US'
}

/** How many calls are shown big, and how many are shown in all. */
const BIG_MAX = 3
const SHOWN_MAX = 5

const PLAIN_NUMBER = /^\d+$/
const MINUTE_MS = 60_000

/** Those who are expected now, big, and those before; more of the one leave less room for the other. */
export function shownCalls(board: DisplayBoard): { now: DisplayCall[]; before: DisplayCall[] } {
  const called = board.calls.filter((call) => call.stage === 'called')
  const now = called.slice(0, BIG_MAX)
  const before = board.calls.filter((call) => !now.includes(call)).slice(0, SHOWN_MAX - Math.max(1, now.length))
  return { now, before }
}

/**
 * The calls that are still to be said, the first one first: to a counter, not answered yet, and newer than what was
 * said. A recall is another call.
 */
export function unsaid(board: DisplayBoard, saidUpTo: number): DisplayCall[] {
  return board.calls
    .filter((call) => call.kind === 'onsite' && call.stage === 'called' && call.call_id > saidUpTo)
    .sort((one, other) => one.call_id - other.call_id)
}

/** Up to which call everything is said once these are; a hall that counts anew begins anew. */
export function saidWith(board: DisplayBoard, saidUpTo: number): number {
  const newest = Math.max(0, ...board.calls.map((call) => call.call_id))
  return board.calls.length === 0 ? saidUpTo : newest
}

/** A ticket's number letter by letter, so that no voice makes a hundred and one of 101. */
function spelled(number: string): string {
  return Array.from(number).join(' ')
}

/** A counter as it is said and shown: `3 号窗口`, or its own name where that is not a number. */
export function counterName(counter: string | null, named: (counter: string) => string): string {
  if (counter === null || counter === '') return ''
  return PLAIN_NUMBER.test(counter) ? named(counter) : counter
}

/** The sentences of a call, in Chinese and where the hall wants it in English too. */
export function sentences(call: DisplayCall, english: boolean): Sentence[] {
  const number = spelled(call.number)
  const zhCounter = counterName(call.counter, (counter) => `${counter} 号窗口`) || '窗口'
  const said: Sentence[] = [{ text: `请 ${number} 号到 ${zhCounter}办理`, lang: 'zh-CN' }]
  if (english) {
    const counter = counterName(call.counter, (plain) => `counter ${plain}`) || 'the counter'
    said.push({ text: `Ticket ${number}, please go to ${counter}.`, lang: 'en-US' })
  }
  return said
}

/** A line's wait in whole minutes, the longer end; none where it is not known or nobody would wait. */
export function minutesOf(line: DisplayLine): number | null {
  if (line.wait === null || line.waiting === 0) return null
  return Math.max(1, Math.ceil(line.wait.high_ms / MINUTE_MS))
}

/** A key as somebody typed it, or as it stands behind `#`; none where it cannot be one. */
export function keyIn(text: string): string | null {
  const plain = text.replace(/^#/, '').replace(/[\s-]/g, '').toUpperCase()
  return /^[0-9A-Z]{20}$/.test(plain) ? plain : null
}
