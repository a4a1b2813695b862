// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { NetworkError, problemFrom } from '@/shared/problem'

import { Saving, type Newest } from './saving'
import { belongsToAnother, clearShelf, shelfOf, textShelf } from '@/shared/shelf'

type Content = Record<string, string>

function isContent(value: unknown): value is Content {
  return typeof value === 'object' && value !== null
}

/** A server's row with its version; `isAway` loses requests, `losesAnswers` does them without saying so. */
class Row {
  version = 0
  content: Content = {}
  isAway = false
  losesAnswers = false
  signedOut = false

  send = (content: Content, version: number): Promise<number> => {
    if (this.isAway) return Promise.reject(new NetworkError('offline'))
    const nobody = problemFrom({ code: 'session_expired', detail: '', status: 401 })
    if (this.signedOut && nobody !== null) return Promise.reject(nobody)
    const changed = problemFrom({ code: 'form_changed', detail: '', status: 409 })
    if (version !== this.version && changed !== null) return Promise.reject(changed)
    this.version += 1
    this.content = content
    return this.losesAnswers ? Promise.reject(new NetworkError('timeout')) : Promise.resolve(this.version)
  }

  newest = (): Promise<Newest<Content>> => Promise.resolve({ version: this.version, content: this.content })
}

const shelf = shelfOf('case.F01', isContent)

function savingOf(row: Row): Saving<Content> {
  return new Saving({ send: row.send, newest: row.newest, shelf, nowMs: () => 1_000, pauseMs: 60_000 })
}

describe('saving by itself', () => {
  let row = new Row()
  let saving = savingOf(row)

  beforeEach(() => {
    localStorage.clear()
    row = new Row()
    saving = savingOf(row)
    saving.begin({ version: 0, content: {} })
  })

  afterEach(() => saving.stop())

  it('saves the last of what was typed and leaves nothing on the device', async () => {
    saving.change({ name: '陈' })
    saving.change({ name: '陈嘉敏' })
    expect(saving.state.value).toBe('typing')
    expect(await saving.flush()).toBe(true)
    expect([row.version, row.content]).toEqual([1, { name: '陈嘉敏' }])
    expect([saving.state.value, saving.savedAtMs.value, shelf.find()]).toEqual(['saved', 1_000, null])
  })

  it('keeps it on the device while the server is away, also over a reload', async () => {
    row.isAway = true
    saving.change({ name: '陈' })
    expect(await saving.flush()).toBe(false)
    expect(saving.state.value).toBe('kept')
    saving.stop()
    row.isAway = false
    saving = savingOf(row)
    expect(saving.begin({ version: 0, content: {} })).toEqual({ name: '陈' })
    expect(await saving.flush()).toBe(true)
    expect(row.content).toEqual({ name: '陈' })
  })

  it('lets a person choose where another page was first', async () => {
    row.version = 4
    row.content = { name: '黄' }
    saving.change({ name: '陈' })
    expect(await saving.flush()).toBe(false)
    expect([saving.state.value, row.content]).toEqual(['elsewhere', { name: '黄' }])
    await saving.keepMine()
    expect([saving.state.value, row.version, row.content]).toEqual(['saved', 5, { name: '陈' }])
  })

  it('takes the other page’s where that is chosen', async () => {
    row.version = 4
    row.content = { name: '黄' }
    saving.change({ name: '陈' })
    await saving.flush()
    expect(saving.takeTheirs()).toEqual({ name: '黄' })
    expect([saving.state.value, shelf.find(), row.version]).toEqual(['saved', null, 4])
  })

  it('knows its own saving whose answer was lost', async () => {
    row.losesAnswers = true
    saving.change({ name: '陈' })
    await saving.flush()
    row.losesAnswers = false
    await saving.again()
    expect([saving.state.value, row.version, row.content]).toEqual(['saved', 1, { name: '陈' }])
  })

  it('asks where a draft on the device is older than what was saved since', () => {
    shelf.keep({ version: 1, content: { name: '陈' } })
    expect(saving.begin({ version: 3, content: { name: '黄' } })).toEqual({ name: '陈' })
    expect([saving.state.value, saving.other.value?.version]).toEqual(['elsewhere', 3])
  })

  it('keeps what waits where the session is over, and saves it once somebody is signed in', async () => {
    row.signedOut = true
    saving.change({ name: '陈' })
    expect(await saving.flush()).toBe(false)
    expect([saving.state.value, shelf.find()?.content]).toEqual(['kept', { name: '陈' }])
    row.signedOut = false
    await saving.again()
    expect([saving.state.value, row.content]).toEqual(['saved', { name: '陈' }])
  })

  it('does not clear what another tab of this browser keeps in the same place', async () => {
    saving.change({ name: '陈' })
    shelf.keep({ version: 0, content: { name: '黄' } })
    expect(await saving.flush()).toBe(true)
    expect(shelf.find()?.content).toEqual({ name: '黄' })
  })

  it('knows a text that is being typed, and whose it is', () => {
    const typing = textShelf('case.typing')
    typing.put('您好')
    expect(textShelf('case.typing').find()).toBe('您好')
    expect([belongsToAnother('chen'), belongsToAnother('chen'), belongsToAnother('huang')]).toEqual([false, false, true])
    typing.put('')
    expect(shelf.find()).toBeNull()
    expect(textShelf('case.typing').find()).toBe('')
  })

  it('leaves nothing of a person who signs out', () => {
    saving.change({ name: '陈' })
    clearShelf()
    expect(shelf.find()).toBeNull()
  })
})
