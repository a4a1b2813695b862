import { describe, expect, it } from 'vitest'

import { NO_PREFERENCE, optionsFor, optionsOf, preferenceFrom, surroundingsOf } from './device_choice'

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile Safari/604.1'
const IPAD = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15'

describe('what can be chosen', () => {
  const listed = [
    { kind: 'audioinput', deviceId: 'default', label: 'Default - Headset' },
    { kind: 'audioinput', deviceId: 'a1', label: 'Headset' },
    { kind: 'videoinput', deviceId: '', label: '' },
    { kind: 'videoinput', deviceId: 'c1', label: 'Front' },
    { kind: 'audiooutput', deviceId: 'default', label: 'Default' },
  ] as const

  it('lists a device once, and none that cannot be opened by its id', () => {
    const options = optionsOf(listed)
    expect(options.microphones).toEqual([{ id: 'a1', label: 'Headset' }])
    expect(options.cameras).toEqual([{ id: 'c1', label: 'Front' }])
  })

  it('keeps the system choice where there is nothing else', () => {
    expect(optionsFor(optionsOf(listed), 'speaker')).toEqual([{ id: 'default', label: 'Default' }])
  })
})

describe('a kept choice', () => {
  it('is read back', () => {
    expect(preferenceFrom('{"microphone":"a1","camera":"c1"}')).toEqual({ microphone: 'a1', camera: 'c1', speaker: null })
  })

  it.each([null, '', 'no-camera', '[]', 'null', '5', '{"camera":5}', `{"camera":"${'x'.repeat(300)}"}`])(
    'that is none (%s) is no choice',
    (kept) => {
      expect(preferenceFrom(kept)).toEqual(NO_PREFERENCE)
    },
  )
})

describe('surroundings', () => {
  it.each([
    [`${IPHONE} MicroMessenger/8.0.49`, 5, 'wechat'],
    [IPHONE, 5, 'ios'],
    [IPAD, 5, 'ios'],
    [IPAD, 0, 'desktop'],
    ['Mozilla/5.0 (Linux; Android 14; V2309A) Chrome/124.0 Mobile Safari/537.36', 5, 'android'],
    ['Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1 Mobile', 5, 'android'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/124.0 Safari/537.36', 0, 'desktop'],
  ])('%s is %s', (userAgent, touchPoints, found) => {
    expect(surroundingsOf(userAgent, touchPoints)).toBe(found)
  })
})
