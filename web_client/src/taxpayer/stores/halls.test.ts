import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'

import { NetworkError, Problem } from '@/shared/problem'

import { useHalls } from './halls'

function refusal(code: string): Problem {
  return new Problem({
    type: `urn:shuitong:problem:${code}`,
    title: '',
    status: 503,
    code,
    detail: '',
    fields: [],
    retry_after_ms: null,
    slots: [],
    challenge: null,
  })
}

describe('the halls of a page', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
  })

  it('are frozen by what they refuse, and work again by their own word', async () => {
    const halls = useHalls()
    await expect(halls.listen('xiangzhou', Promise.reject(refusal('hall_frozen')))).rejects.toBeInstanceOf(Problem)
    expect(halls.isFrozen('xiangzhou')).toBe(true)
    expect(halls.isFrozen('doumen')).toBe(false)
    halls.take({ hall_id: 'xiangzhou', mood: 'open', epoch: 1, at_ms: 1 })
    expect(halls.anyFrozen).toBe(false)
  })

  it('are not frozen by any other failure', async () => {
    const halls = useHalls()
    await expect(halls.listen('xiangzhou', Promise.reject(refusal('queue_unavailable')))).rejects.toBeInstanceOf(Problem)
    await expect(halls.listen(null, Promise.reject(new NetworkError('timeout')))).rejects.toBeInstanceOf(NetworkError)
    expect(halls.anyFrozen).toBe(false)
  })

  it('count as frozen while not even the tickets can be read', async () => {
    const halls = useHalls()
    await expect(halls.listen(null, Promise.reject(refusal('hall_frozen')))).rejects.toBeInstanceOf(Problem)
    expect(halls.anyFrozen).toBe(true)
    await halls.listen(null, Promise.resolve('tickets'))
    expect(halls.anyFrozen).toBe(false)
  })

  it('may have opened for the day while the page was away', () => {
    const halls = useHalls()
    halls.take({ hall_id: 'xiangzhou', mood: 'closed', epoch: 1, at_ms: 1 })
    expect(halls.isClosed('xiangzhou')).toBe(true)
    halls.reconnected()
    expect(halls.isClosed('xiangzhou')).toBe(false)
  })
})
