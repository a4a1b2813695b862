// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'

import { useModal } from './modal'

function esc(): void {
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
}

describe('a modal', () => {
  let scope = effectScope()

  beforeEach(() => {
    document.body.innerHTML = '<div id="app"><button id="opener"></button></div><div id="sheet" tabindex="-1"></div>'
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
  })

  function modal(initially: boolean) {
    const open = ref(initially)
    scope.run(() => useModal(() => open.value, () => (open.value = false)))
    return open
  }

  const rests = () => document.getElementById('app')?.hasAttribute('inert')

  it('lets the page rest while it is open, and gives the focus back', async () => {
    const open = modal(false)
    document.getElementById('opener')?.focus()
    expect(rests()).toBe(false)
    open.value = true
    await nextTick()
    expect(rests()).toBe(true)
    document.getElementById('sheet')?.focus()
    esc()
    await nextTick()
    expect(open.value).toBe(false)
    expect(rests()).toBe(false)
    expect(document.activeElement?.id).toBe('opener')
  })

  it('closes one at a time, the uppermost first', async () => {
    const below = modal(true)
    const above = modal(true)
    esc()
    await nextTick()
    expect([below.value, above.value]).toEqual([true, false])
    expect(rests()).toBe(true)
    esc()
    await nextTick()
    expect(below.value).toBe(false)
    expect(rests()).toBe(false)
  })

  it('ends with the component that opened it', () => {
    const open = modal(true)
    scope.stop()
    expect(rests()).toBe(false)
    esc()
    expect(open.value).toBe(true)
  })
})
