import { describe, expect, it } from 'vitest'

import { callLength, countdown, dayAndTime, partOfDay, secondsLeft, spokenBetween, timeLeft, timeOfDay } from './format'

const ZONE = 'Asia/Shanghai'
const MORNING_MS = Date.UTC(2026, 10, 23, 1, 34, 2)

describe('a time to answer in', () => {
  it.each([
    [0, '0 秒', '0 s'],
    [55, '55 秒', '55 s'],
    [120, '120 秒', '120 s'],
    [121, '2 分钟', '2 min'],
    [1_733, '28 分钟', '28 min'],
  ])('of %d s reads %s', (seconds, chinese, english) => {
    expect([timeLeft(seconds, 'zh-CN'), timeLeft(seconds, 'en')]).toEqual([chinese, english])
  })
})

describe('a countdown', () => {
  it('shows nothing left only once the time has come', () => {
    expect(secondsLeft(10_000, 9_999)).toBe(1)
    expect(secondsLeft(10_000, 10_000)).toBe(0)
    expect(secondsLeft(10_000, 99_000)).toBe(0)
  })

  it.each([
    [0, '00:00'],
    [59, '00:59'],
    [516, '08:36'],
    [3_464, '57:44'],
    [3_600, '01:00:00'],
    [86_399, '23:59:59'],
    [2 * 86_400 + 3 * 3_600 + 27 * 60 + 44, '2 天 03:27:44'],
  ])('of %d s reads %s', (seconds, text) => {
    expect(countdown(seconds, 'zh-CN')).toBe(text)
  })

  it('names days in English', () => {
    expect(countdown(86_400, 'en')).toBe('1 d 00:00:00')
  })

  it('is spoken once at 10, 5 and 1 minute and at its end', () => {
    const spoken: number[] = []
    for (let second = 700; second > 0; second -= 1) {
      const moment = spokenBetween(second, second - 1)
      if (moment !== null) spoken.push(moment)
    }
    expect(spoken).toEqual([600, 300, 60, 0])
  })

  it('says the end after a long sleep, not every moment that was slept through', () => {
    expect(spokenBetween(400, 0)).toBe(0)
    expect(spokenBetween(0, 0)).toBeNull()
  })
})

describe('a time', () => {
  it('stands in the zone of the hall', () => {
    expect(timeOfDay(MORNING_MS, ZONE)).toBe('09:34')
    expect(timeOfDay(MORNING_MS, ZONE, true)).toBe('09:34:02')
    expect(timeOfDay(Date.UTC(2026, 10, 22, 16), ZONE)).toBe('00:00')
  })

  it('names its year only when that is another one', () => {
    expect(dayAndTime(MORNING_MS, MORNING_MS, ZONE, 'zh-CN')).toBe('11月23日 09:34')
    expect(dayAndTime(MORNING_MS, Date.UTC(2027, 0, 2), ZONE, 'zh-CN')).toBe('2026年11月23日 09:34')
    expect(dayAndTime(MORNING_MS, MORNING_MS, ZONE, 'en')).toBe('23 Nov 09:34')
  })

  it.each([
    [0, 'morning'],
    [4, 'noon'],
    [7, 'afternoon'],
    [12, 'evening'],
    [18, 'evening'],
  ] as const)('%d h UTC is %s', (hour, part) => {
    expect(partOfDay(Date.UTC(2026, 10, 23, hour), ZONE)).toBe(part)
  })
})

describe("a call's length", () => {
  it.each([
    [0, '00:00'],
    [767_999, '12:47'],
    [3_723_000, '1:02:03'],
    [90_000_000, '25:00:00'],
  ])('of %d ms reads %s', (ms, text) => {
    expect(callLength(ms)).toBe(text)
  })
})
