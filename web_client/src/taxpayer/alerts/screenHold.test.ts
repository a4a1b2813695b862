// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'

import { ScreenHold, type ScreenState } from './screenHold'

class Lock extends EventTarget {
  released = false

  release(): Promise<void> {
    this.released = true
    this.dispatchEvent(new Event('release'))
    return Promise.resolve()
  }
}

/** A browser's side: what was asked for, and a page that can be out of sight. */
class Phone {
  readonly locks: Lock[] = []
  readonly states: ScreenState[] = []
  readonly page = document.implementation.createHTMLDocument()
  sight: DocumentVisibilityState = 'visible'
  refuses = false

  constructor() {
    Object.defineProperty(this.page, 'visibilityState', { get: () => this.sight })
  }

  hold(isSupported = true): ScreenHold {
    const request = async (): Promise<Lock> => {
      await Promise.resolve()
      if (this.refuses) throw new DOMException('low battery', 'NotAllowedError')
      const lock = new Lock()
      this.locks.push(lock)
      return lock
    }
    return new ScreenHold(isSupported ? { request } : undefined, this.page, (state) => this.states.push(state))
  }

  see(sight: DocumentVisibilityState): void {
    this.sight = sight
    // As browsers do it: out of sight, every lock is gone.
    if (sight === 'hidden') for (const lock of this.locks) if (!lock.released) void lock.release()
    this.page.dispatchEvent(new Event('visibilitychange'))
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

describe('the screen', () => {
  it('is kept on while it is wanted, and again when the page is back in sight', async () => {
    const phone = new Phone()
    const hold = phone.hold()
    hold.want(true)
    await settled()
    expect(phone.states).toEqual(['held'])
    phone.see('hidden')
    phone.see('visible')
    await settled()
    expect(phone.states).toEqual(['held', 'off', 'held'])
    expect(phone.locks.map((lock) => lock.released)).toEqual([true, false])
    hold.want(false)
    expect(phone.locks.every((lock) => lock.released)).toBe(true)
    phone.see('hidden')
    phone.see('visible')
    await settled()
    expect(phone.locks).toHaveLength(2)
  })

  it('is not asked for out of sight, nor twice', async () => {
    const phone = new Phone()
    phone.sight = 'hidden'
    const hold = phone.hold()
    hold.want(true)
    await settled()
    expect(phone.locks).toHaveLength(0)
    phone.see('visible')
    hold.want(true)
    await settled()
    expect(phone.locks).toHaveLength(1)
  })

  it('is let go of where it is not wanted any more when the answer comes', async () => {
    const phone = new Phone()
    const hold = phone.hold()
    hold.want(true)
    hold.want(false)
    await settled()
    expect(phone.locks.map((lock) => lock.released)).toEqual([true])
    expect(phone.states.at(-1)).toBe('off')
  })

  it('says where it cannot be kept on', async () => {
    const phone = new Phone()
    phone.hold(false).want(true)
    expect(phone.states).toEqual(['unsupported'])
    phone.refuses = true
    phone.hold().want(true)
    await settled()
    expect(phone.states.at(-1)).toBe('refused')
  })
})
