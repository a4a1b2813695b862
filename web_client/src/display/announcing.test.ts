import { describe, expect, it } from 'vitest'

import { keyIn, minutesOf, saidWith, sentences, shownCalls, unsaid, type DisplayBoard, type DisplayCall } from './announcing'

function call(call_id: number, changes: Partial<DisplayCall> = {}): DisplayCall {
  return { call_id, number: 'E001', kind: 'onsite', counter: '3', called_at_ms: 0, stage: 'called', ...changes }
}

function board(...calls: DisplayCall[]): DisplayBoard {
  const name = { zh: '厅', en: 'Hall' }
  return {
    hall: { hall_id: 'h', name, region: name, time_zone: 'Asia/Shanghai' },
    english: false,
    at_ms: 0,
    revision: '0',
    mood: 'open',
    calls,
    lines: [],
    activation_ms: 600_000,
  }
}

describe('what is said', () => {
  it('says each call to a counter once, the first one first', () => {
    const calls = board(call(9), call(8, { kind: 'consult' }), call(7, { stage: 'came' }), call(5), call(4))
    expect(unsaid(calls, 4).map((one) => one.call_id)).toEqual([5, 9])
    expect(unsaid(calls, saidWith(calls, 4))).toEqual([])
  })

  it('says a recall again, and begins anew with a hall that counts anew', () => {
    const said = saidWith(board(call(5)), 0)
    expect(unsaid(board(call(6)), said)).toHaveLength(1)
    expect(saidWith(board(call(2)), 900)).toBe(2)
    expect(saidWith(board(), 900)).toBe(900)
  })

  it('spells the number, and names the counter', () => {
    expect(sentences(call(1, { number: 'E101' }), false)).toEqual([
      { text: '请 E 1 0 1 号到 3 号窗口办理', lang: 'zh-CN' },
    ])
    expect(sentences(call(1, { counter: '综合窗口' }), true).map((one) => one.text)).toEqual([
      '请 E 0 0 1 号到 综合窗口办理',
      'Ticket E 0 0 1, please go to 综合窗口.',
    ])
    expect(sentences(call(1, { counter: null }), true).map((one) => one.text)).toEqual([
      '请 E 0 0 1 号到 窗口办理',
      'Ticket E 0 0 1, please go to the counter.',
    ])
  })
})

describe('what is shown', () => {
  it('shows who is expected big, and the rest below as far as there is room', () => {
    const four = [9, 8, 7, 6].map((id) => call(id))
    const { now, before } = shownCalls(board(...four, call(5, { stage: 'came' })))
    expect([now.map((one) => one.call_id), before.map((one) => one.call_id)]).toEqual([[9, 8, 7], [6, 5]])
    expect(shownCalls(board(...[1, 2, 3, 4, 5, 6].map((id) => call(id, { stage: 'came' })))).before).toHaveLength(4)
  })

  it('shows a wait of whole minutes where somebody waits', () => {
    const line = { line_id: 'l', letter: 'E', kind: 'onsite', name: { zh: '', en: '' } } as const
    expect(minutesOf({ ...line, waiting: 2, wait: { low_ms: 0, high_ms: 61_000 } })).toBe(2)
    expect(minutesOf({ ...line, waiting: 0, wait: { low_ms: 0, high_ms: 61_000 } })).toBeNull()
    expect(minutesOf({ ...line, waiting: 2, wait: null })).toBeNull()
  })
})

it('reads a key in any case, with hyphens or without', () => {
  expect(keyIn('#abcde-fghjk-mnpqr-stuvw')).toBe('ABCDEFGHJKMNPQRSTUVW')
  expect(keyIn(' ABCDE FGHJK MNPQR STUVW ')).toBe('ABCDEFGHJKMNPQRSTUVW')
  expect(keyIn('ABCDE')).toBeNull()
  expect(keyIn('')).toBeNull()
})
