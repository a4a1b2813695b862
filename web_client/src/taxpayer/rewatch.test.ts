import { describe, expect, it } from 'vitest'

import { Rewatch } from './rewatch'

/** Pauses that end when the test says so. */
class Pauses {
  private readonly ends: (() => void)[] = []
  readonly pause = (): Promise<void> => new Promise((resolve) => this.ends.push(resolve))

  get count(): number {
    return this.ends.length
  }

  end(): void {
    for (const end of this.ends.splice(0)) end()
  }
}

describe('asking for tickets again', () => {
  it('asks once a ticket, however often something was missed', async () => {
    const [pauses, asked]: [Pauses, string[]] = [new Pauses(), []]
    const rewatch = new Rewatch(
      () => true,
      (ticketId) => Promise.resolve(void asked.push(ticketId)),
      pauses.pause,
    )
    const all = [rewatch.ask('t1'), rewatch.ask('t1'), rewatch.ask('t2'), rewatch.ask('t1')]
    expect(pauses.count).toBe(2)
    pauses.end()
    await Promise.all(all)
    expect(asked).toEqual(['t1', 't2'])
  })

  it('asks nothing where the view came meanwhile', async () => {
    const pauses = new Pauses()
    let wanted = true
    const asked: string[] = []
    const rewatch = new Rewatch(
      () => wanted,
      (ticketId) => Promise.resolve(void asked.push(ticketId)),
      pauses.pause,
    )
    const question = rewatch.ask('t1')
    wanted = false
    pauses.end()
    await question
    expect(asked).toEqual([])
  })

  it('asks again after an answer, and after a failure', async () => {
    const asked: string[] = []
    const rewatch = new Rewatch(
      () => true,
      (ticketId) => {
        asked.push(ticketId)
        return asked.length === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve()
      },
      () => Promise.resolve(),
    )
    await expect(rewatch.ask('t1')).rejects.toThrow('no answer')
    await rewatch.ask('t1')
    expect(asked).toEqual(['t1', 't1'])
  })
})
