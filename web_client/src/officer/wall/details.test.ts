import { describe, expect, it } from 'vitest'

import { detailWords, type Reading } from './details'

const zh: Reading = {
  nowMs: Date.UTC(2026, 10, 28),
  timeZone: 'Asia/Shanghai',
  language: 'zh-CN',
  nameOf: (name) => ({ slot_start_ms: '时段', amount_fen: '金额', reasons: '原因', consent_id: '授权书' })[name] ?? null,
}

describe('detailWords', () => {
  it('writes times and amounts as people read them', () => {
    const detail = { slot_start_ms: Date.UTC(2026, 10, 30, 1, 30), amount_fen: 12_640 }
    expect(detailWords(detail, zh)).toBe('时段：11月30日 09:30，金额：¥126.40')
    expect(detailWords(detail, { ...zh, language: 'en', nameOf: () => null })).toBe(
      'slot_start_ms: 30 Nov 09:30, amount_fen: ¥126.40',
    )
  })

  it('says that there is nothing, and lists what there is', () => {
    expect(detailWords({ reasons: [], consent_id: null }, zh)).toBe('原因：—，授权书：—')
    expect(detailWords({ reasons: ['R01', 'R05'] }, zh)).toBe('原因：R01、R05')
  })

  it('leaves what it does not know as it is', () => {
    expect(detailWords({ newer: { a: 1 }, flag: true }, zh)).toBe('newer：{"a":1}，flag：true')
    expect(detailWords({}, zh)).toBe('')
  })
})
