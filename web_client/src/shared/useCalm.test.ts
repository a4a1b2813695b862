import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope, type Ref } from 'vue'

import { useCalm } from './useCalm'

describe('a calm value', () => {
  const source = ref(9)
  let scope: EffectScope
  let calm: Readonly<Ref<number>>

  beforeEach(() => {
    vi.useFakeTimers()
    source.value = 9
    scope = effectScope()
    calm = scope.run(() => useCalm(() => source.value, 10_000)) ?? source
  })

  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  async function set(value: number): Promise<void> {
    source.value = value
    await nextTick()
  }

  it('follows at once, then not more often than it may, and ends at the latest', async () => {
    await set(8)
    expect(calm.value).toBe(8)
    await set(7)
    await set(6)
    expect(calm.value).toBe(8)
    vi.advanceTimersByTime(10_000)
    expect(calm.value).toBe(6)
  })

  it('follows at once again after a quiet while', async () => {
    await set(8)
    vi.advanceTimersByTime(10_000)
    await set(7)
    expect(calm.value).toBe(7)
  })

  it('leaves no timer behind', async () => {
    await set(8)
    scope.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
