import { describe, expect, it } from 'vitest'

import { UNKNOWN_QUALITY } from '@/shared/call/quality'

import {
  callStep,
  deskWord,
  later,
  linesForTransfer,
  nextTicket,
  priorityWord,
  recallInSeconds,
  refusalWord,
  transferRefused,
  waitingInAll,
  waitSince,
  type BoardLine,
  type BoardView,
  type HeldTicket,
  type LineView,
  type WaitingTicket,
} from './board'

function waiting(number: string, change: Partial<WaitingTicket> = {}): WaitingTicket {
  return {
    ticket_id: number,
    number,
    taxpayer_name: '陈嘉敏',
    topic: { zh: '车辆税费咨询', en: 'Vehicle taxes' },
    priority: 'walk_in',
    issued_at_ms: 1_000,
    reactivated: false,
    ...change,
  }
}

function line(letter: string, ...numbers: string[]): BoardLine {
  return {
    line: { line_id: `line-${letter}`, letter, kind: 'consult', name: { zh: letter, en: letter } },
    waiting: numbers.length,
    oldest_issued_at_ms: numbers.length === 0 ? null : 1_000,
    first: numbers.map((number) => waiting(number)),
  }
}

function board(...lines: BoardLine[]): BoardView {
  return { hall_id: 'h', version: 1, at_ms: 1, lines, call_order: 'strict' }
}

function held(change: Partial<HeldTicket> = {}): HeldTicket {
  return {
    ticket_id: 't1',
    case_id: 'c1',
    case_number: '2026112300001',
    line: line('A').line,
    number: 'A001',
    state: 'called',
    version: 3,
    call_number: 1,
    taxpayer_name: '陈嘉敏',
    certificate_type: 'id_cn',
    number_masked: '4404**********0028',
    question: '',
    issued_at_ms: 1_000,
    called_at_ms: 10_000,
    confirmed_at_ms: null,
    deadline_ms: 70_000,
    deadline_span_ms: 60_000,
    activation_ms: 600_000,
    recall_not_before_ms: 15_000,
    taxpayer_online: true,
    call: null,
    note: null,
    ...change,
  }
}

type Call = NonNullable<HeldTicket['call']>

function call(state: Call['state']): Call {
  return {
    call_id: 'call1',
    case_id: 'case1',
    ticket_id: 't1',
    state,
    at_ms: 1,
    created_at_ms: 1,
    connected_at_ms: null,
    ended_at_ms: null,
    end_reason: null,
    grace_until_ms: null,
    legs: [
      {
        name: 'taxpayer',
        state: 'absent',
        devices: { microphone: false, camera: false, facing: 'unknown', screen: false },
        quality: UNKNOWN_QUALITY,
      },
      {
        name: 'officer',
        state: 'absent',
        devices: { microphone: false, camera: false, facing: 'unknown', screen: false },
        quality: UNKNOWN_QUALITY,
      },
    ],
  }
}

describe('the next ticket', () => {
  it('is the first of the first line that has one, in the order of signing on', () => {
    const view = board(line('A', 'A001', 'A002'), line('B', 'B001'))
    expect(nextTicket(view, ['line-A', 'line-B'])?.number).toBe('A001')
    expect(nextTicket(view, ['line-B', 'line-A'])?.number).toBe('B001')
    expect(nextTicket(board(line('A'), line('B', 'B001')), ['line-A', 'line-B'])?.number).toBe('B001')
  })

  it('is none where nobody waits, or nothing is known', () => {
    expect(nextTicket(board(line('A')), ['line-A'])).toBeNull()
    expect(nextTicket(null, ['line-A'])).toBeNull()
    expect(nextTicket(board(line('A', 'A001')), [])).toBeNull()
  })
})

describe('figures of the board', () => {
  it('adds up the lines', () => {
    expect(waitingInAll(board(line('A', 'A001', 'A002'), line('B', 'B001')))).toBe(3)
    expect(waitingInAll(null)).toBe(0)
  })

  it.each([
    [null, 0, 0, false],
    [0, 60_000, 0.05, false],
    [0, 15 * 60_000, 0.75, true],
    [0, 60 * 60_000, 1, true],
    [5_000, 0, 0, false],
  ] as const)('a wait since %s at %s', (since, now, share, long) => {
    expect(waitSince(since, now)).toMatchObject({ share, long })
  })
})

describe('words', () => {
  it('names the known refusals, and the rest in general', () => {
    expect(refusalWord('nobody_waits')).toBe('nobody_waits')
    expect(refusalWord('hall_frozen')).toBe('hall_frozen')
    expect(refusalWord('something_new')).toBe('other')
  })

  it('has a word for a state of the desk that this page does not know', () => {
    expect(deskWord('wrap_up')).toBe('wrap_up')
    expect(deskWord('something_new')).toBe('other')
  })

  it('says reactivated before the class', () => {
    expect(priorityWord(waiting('A001', { priority: 'booked' }))).toBe('booked')
    expect(priorityWord(waiting('A001', { priority: 'booked', reactivated: true }))).toBe('reactivated')
    expect(priorityWord(waiting('A001', { priority: 'something_new' }))).toBe('walk_in')
  })
})

describe('transfer', () => {
  const view = (letter: string, kind: LineView['kind']): LineView => ({
    ...line(letter).line,
    kind,
    hall_id: 'h',
    about: { zh: '', en: '' },
    waiting: 0,
  })
  const lines = [view('A', 'consult'), view('D', 'assist'), view('E', 'onsite'), view('F', 'onsite')]

  it('stays on site, or elsewhere', () => {
    const to = (from: number): string[] =>
      linesForTransfer(lines, lines[from] as LineView).map(({ letter }) => letter)
    expect(to(0)).toEqual(['D'])
    expect(to(2)).toEqual(['F'])
  })

  it('of somebody who waits needs a desk at work', () => {
    expect(transferRefused('signed_off')).toBe('signed_off')
    expect(transferRefused('break')).toBe('on_break')
    expect(transferRefused('ready')).toBeNull()
    expect(transferRefused('serving')).toBeNull()
  })
})

describe('recall', () => {
  it('counts down to its least spacing', () => {
    expect(recallInSeconds(held(), 10_001)).toBe(5)
    expect(recallInSeconds(held(), 15_000)).toBe(0)
    expect(recallInSeconds(held({ recall_not_before_ms: null }), 0)).toBe(0)
  })
})

describe('later', () => {
  it('keeps the newer of two views', () => {
    const older = { at_ms: 1, name: 'older' }
    const newer = { at_ms: 2, name: 'newer' }
    expect(later(older, newer)).toBe(newer)
    expect(later(newer, older)).toBe(newer)
    expect(later(null, older)).toBe(older)
  })
})

describe('what the ticket in hand asks of the call', () => {
  const stays = (): boolean => false

  it.each([
    [null, 'leave'],
    [held(), 'preview'],
    [held({ state: 'serving', call: call('connecting') }), 'join'],
    [held({ state: 'serving', call: call('running') }), 'join'],
    [held({ state: 'serving', call: call('ended') }), 'wait'],
    [held({ state: 'serving' }), 'wait'],
    [held({ state: 'finished' }), 'leave'],
  ] as const)('%#', (ticket, step) => {
    expect(callStep(ticket, stays)).toBe(step)
  })

  it('is never one on site', () => {
    const onsite = { ...line('E').line, kind: 'onsite' as const }
    expect(callStep(held({ line: onsite }), stays)).toBe('leave')
    expect(callStep(held({ line: onsite, state: 'serving' }), stays)).toBe('leave')
  })

  it('does not join again what this page hung up', () => {
    expect(callStep(held({ state: 'serving', call: call('running') }), (id) => id === 'call1')).toBe('wait')
  })
})
