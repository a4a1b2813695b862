// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { latePage, nextPauseMs, pageCodeAway, PageCodeError, recoverPageCode, reloadWaitMs } from './pageCode'

describe('pages whose code comes late', () => {
  it('loads anew at once, unless it has just done so', () => {
    expect(reloadWaitMs(0, 1_700_000_000_000)).toBe(0)
    expect(reloadWaitMs(1_000_000, 1_004_000)).toBe(11_000)
    expect(reloadWaitMs(1_000_000, 1_015_000)).toBe(0)
    // The clock was put back.
    expect(reloadWaitMs(1_000_000, 900_000)).toBe(0)
  })

  it('asks with growing pauses, up to a bound', () => {
    expect(nextPauseMs(500)).toBe(1_000)
    expect(nextPauseMs(6_000)).toBe(8_000)
    expect(nextPauseMs(8_000)).toBe(8_000)
  })

  it('names what did not arrive, with its cause', async () => {
    const cause = new TypeError('Failed to fetch dynamically imported module')
    const error: unknown = await latePage(() => Promise.reject(cause))().catch((raised: unknown) => raised)
    expect(error).toBeInstanceOf(PageCodeError)
    expect((error as PageCodeError).cause).toBe(cause)
  })

  it('says that it waits, until the reader goes elsewhere', async () => {
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/', component: { template: '' } },
        { path: '/here', component: { template: '' } },
        { path: '/late', component: latePage(() => Promise.reject(new TypeError('no answer'))) },
      ],
    })
    recoverPageCode(router)
    await router.push('/')
    expect(pageCodeAway.value).toBe(false)
    await expect(router.push('/late')).rejects.toBeInstanceOf(PageCodeError)
    expect(pageCodeAway.value).toBe(true)
    expect(router.currentRoute.value.path).toBe('/')
    await router.push('/here')
    expect(pageCodeAway.value).toBe(false)
  })
})
