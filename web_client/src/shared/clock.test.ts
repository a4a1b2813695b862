import { describe, expect, it } from 'vitest'

import { ServerClock } from './clock'

describe("the server's clock", () => {
  it('follows the least delayed of the last answers', () => {
    let deviceMs = 1_000
    const clock = new ServerClock(() => deviceMs)
    clock.observe(5_900) // on the way for a while
    clock.observe(6_000)
    deviceMs = 2_000
    clock.observe(6_500) // half a second late
    expect(clock.nowMs()).toBe(7_000)
  })

  it('forgets old answers, so that a device whose own clock was set follows', () => {
    let deviceMs = 1_000
    const clock = new ServerClock(() => deviceMs, 2)
    clock.observe(6_000)
    deviceMs = 100_000
    clock.observe(6_100)
    clock.observe(6_200)
    expect(clock.nowMs()).toBe(6_200)
  })
})
