import { describe, expect, it } from 'vitest'

import { RECENT_CHANGES, remember, withChange, withView, type LineChanged, type Tracked } from './linePlaces'
import { sampleChange, sampleTicket } from './ticketSample'
import type { TicketView } from './ticketOrder'

const OWN_PLACE = 100

function tracked(change: Partial<TicketView> = {}): Tracked {
  return withView(undefined, sampleTicket({ version: 10, place: OWN_PLACE, ahead: 3, waiting: 5, ...change }), [])
}

describe('a change of the line', () => {
  it('counts who went and came before the own place, and nobody behind it', () => {
    const after = withChange(
      tracked(),
      sampleChange({ from_version: 10, to_version: 14, changes: [[11, 20, -1], [12, 30, -1], [13, 25, 1], [14, 200, 1]] }),
    )
    expect(after.shown).toMatchObject({ ahead: 2, version: 14 })
    expect(after.missed).toBe(false)
  })

  it('brings the number of waiting people, the time and the estimate', () => {
    const change = sampleChange({
      from_version: 9,
      to_version: 12,
      at_ms: 7_000,
      waiting: 42,
      pace: { soonest_ms: 60_000, latest_ms: 60_000, spread_ms: 0 },
    })
    const after = withChange(tracked(), change).shown
    expect(after).toMatchObject({ waiting: 42, at_ms: 7_000, wait: { low_ms: 180_000, high_ms: 240_000 } })
    expect(withChange(tracked(), { ...change, pace: null }).shown.wait).toBeNull()
  })

  it('counts only what is newer than the view', () => {
    const after = withChange(
      tracked(),
      sampleChange({ from_version: 8, to_version: 11, changes: [[9, 20, -1], [10, 21, -1], [11, 22, -1]] }),
    )
    expect(after.shown.ahead).toBe(2)
  })

  it('is dropped where the view is as new', () => {
    const before = tracked()
    expect(withChange(before, sampleChange({ from_version: 8, to_version: 10, changes: [[9, 20, -1]] }))).toBe(before)
  })

  it.each([
    ['another line', { line_id: 'invoices' }],
    ['another hall', { hall_id: 'doumen' }],
  ])('of %s is nothing', (_, other) => {
    const before = tracked()
    expect(withChange(before, sampleChange({ from_version: 50, to_version: 51, ...other }))).toBe(before)
  })

  it('is nothing to a ticket that does not wait', () => {
    const before = tracked({ state: 'called', place: null, ahead: null })
    expect(withChange(before, sampleChange({ from_version: 50, to_version: 51 }))).toBe(before)
  })
})

describe('something is missing', () => {
  it.each([
    ['the change begins after the view', { from_version: 11, to_version: 12 }],
    ['fewer than nobody would be ahead', { changes: [[11, 1, -1], [12, 2, -1], [13, 3, -1], [14, 4, -1]] }],
    ['the own place was left', { changes: [[11, OWN_PLACE, -1]] }],
  ] as [string, Partial<LineChanged>][])('where %s', (_, change) => {
    const before = tracked()
    const after = withChange(before, sampleChange({ from_version: 10, to_version: 14, ...change }))
    expect(after.missed).toBe(true)
    expect(after.shown).toBe(before.shown)
  })

  it('until a whole view comes', () => {
    const missed = withChange(tracked(), sampleChange({ from_version: 20, to_version: 21 }))
    const after = withView(missed, sampleTicket({ version: 21, place: OWN_PLACE, ahead: 1 }), [])
    expect(after).toMatchObject({ missed: false, shown: { ahead: 1 } })
  })
})

describe('a whole view', () => {
  it('that changes overtook is counted on by them', () => {
    const change = sampleChange({ from_version: 10, to_version: 14, changes: [[12, 20, -1], [14, 21, -1]] })
    const overtaken = withChange(tracked(), change)
    const after = withView(overtaken, sampleTicket({ version: 12, place: OWN_PLACE, ahead: 2 }), [change])
    expect(after.shown).toMatchObject({ ahead: 1, version: 14 })
  })

  it('of the own call is not taken for old because later changes came first', () => {
    const change = sampleChange({ from_version: 10, to_version: 14, changes: [[12, 20, -1], [14, 21, -1]] })
    const overtaken = withChange(tracked(), change)
    const called = sampleTicket({ version: 13, state: 'called', place: null, ahead: null })
    expect(withView(overtaken, called, [change]).shown).toBe(called)
  })

  it('older than the latest one is dropped', () => {
    const before = tracked()
    expect(withView(before, sampleTicket({ version: 9, ahead: 7 }), [])).toBe(before)
  })

  it('that the kept changes do not reach back to is missing something', () => {
    const change = sampleChange({ from_version: 12, to_version: 14 })
    expect(withView(undefined, sampleTicket({ version: 11, place: OWN_PLACE }), [change]).missed).toBe(true)
  })
})

describe('the kept changes', () => {
  it('are the latest ones, a bounded number', () => {
    let recent: readonly LineChanged[] = []
    for (let version = 1; version <= RECENT_CHANGES + 3; version += 1) {
      recent = remember(recent, sampleChange({ from_version: version - 1, to_version: version }))
    }
    expect(recent).toHaveLength(RECENT_CHANGES)
    expect(recent.at(-1)?.to_version).toBe(RECENT_CHANGES + 3)
  })
})

/** A small generator with a seed (mulberry32), so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A line as the server has it: who waits, and the journal of the places taken and left. */
class ModelLine {
  version = 1
  own: number | null = 500
  private readonly others = new Set([100, 200, 300, 400, 600])
  private readonly journal: [number, number, 1 | -1][] = []
  private told = 1

  constructor(private readonly random: () => number) {}

  /** Somebody comes or goes; now and then the own ticket is called, and comes back to the front. */
  step(): void {
    this.version += 1
    const dice = this.random()
    if (dice < 0.1) this.moveOwn()
    else if (dice < 0.55) this.come()
    else if (dice < 0.9) this.go()
    // Else it happened in another line of the hall.
  }

  private moveOwn(): void {
    if (this.own !== null) this.journal.push([this.version, this.own, -1])
    else this.journal.push([this.version, 50 - this.version, 1])
    this.own = this.own === null ? 50 - this.version : null
  }

  private come(): void {
    const place = Math.floor(this.random() * 1_000) * 1_000 + this.version
    this.others.add(place)
    this.journal.push([this.version, place, 1])
  }

  private go(): void {
    const places = [...this.others]
    const place = places[Math.floor(this.random() * places.length)]
    if (place === undefined) return
    this.others.delete(place)
    this.journal.push([this.version, place, -1])
  }

  get ahead(): number | null {
    const { own } = this
    return own === null ? null : [...this.others].filter((place) => place < own).length
  }

  view(): TicketView {
    const { version, own, ahead } = this
    return sampleTicket({ version, at_ms: version, state: own === null ? 'called' : 'waiting', place: own, ahead })
  }

  /** What happened since it was told last. */
  change(): LineChanged {
    const from = this.told
    this.told = this.version
    return sampleChange({
      from_version: from,
      to_version: this.version,
      at_ms: this.version,
      changes: this.journal.filter(([version]) => version > from),
    })
  }
}

type Message = { readonly view: TicketView } | { readonly change: LineChanged }

/** Both streams keep their own order; which of them is ahead, and by how much, is left to chance. */
function interleaved(views: TicketView[], changes: LineChanged[], random: () => number): Message[] {
  const messages: Message[] = []
  while (views.length + changes.length > 0) {
    const [view, change] = [views[0], changes[0]]
    const takeView = change === undefined || (view !== undefined && random() < 0.5)
    if (takeView && view !== undefined) messages.push({ view })
    else if (change !== undefined) messages.push({ change })
    if (takeView) views.shift()
    else changes.shift()
  }
  return messages
}

interface Page {
  tracked: Tracked
  recent: readonly LineChanged[]
}

function take(page: Page, message: Message): Page {
  if ('view' in message) return { ...page, tracked: withView(page.tracked, message.view, page.recent) }
  return { tracked: withChange(page.tracked, message.change), recent: remember(page.recent, message.change) }
}

describe('whatever order views and changes come in', () => {
  const seeds = Array.from({ length: 300 }, (_, index) => index + 1)

  it('the page ends right, or knows that it does not and is right with the next view', () => {
    for (const seed of seeds) {
      const random = randomFrom(seed)
      const line = new ModelLine(random)
      let page: Page = { tracked: withView(undefined, line.view(), []), recent: [] }
      const [views, changes]: [TicketView[], LineChanged[]] = [[], []]
      for (let step = 0; step < 12; step += 1) {
        const before = line.own
        line.step()
        // Every step of the own ticket is pushed by itself; others are seen now and then, in answers.
        if (line.own !== before || random() < 0.1) views.push(line.view())
        if (random() < 0.5) changes.push(line.change())
      }
      // Lost on the way, now and then; never the last one.
      if (random() < 0.2) changes.splice(Math.floor(random() * changes.length), 1)
      changes.push(line.change())
      for (const message of interleaved(views, changes, random)) page = take(page, message)

      const about = `seed ${seed}`
      expect(page.tracked.view.state, about).toBe(line.own === null ? 'called' : 'waiting')
      if (!page.tracked.missed) expect(page.tracked.shown.ahead, about).toBe(line.ahead)
      page = take(page, { view: line.view() })
      expect(page.tracked, about).toMatchObject({ missed: false, shown: { ahead: line.ahead, place: line.own } })
    }
  })

  it('nothing is asked where nothing was lost and the views came first', () => {
    for (const seed of seeds) {
      const line = new ModelLine(randomFrom(seed))
      let page: Page = { tracked: withView(undefined, line.view(), []), recent: [] }
      for (let step = 0; step < 40; step += 1) {
        const before = line.own
        line.step()
        if (line.own !== before) page = take(page, { view: line.view() })
        if (step % 4 === 0) page = take(page, { change: line.change() })
      }
      page = take(page, { change: line.change() })
      expect(page.tracked.missed).toBe(false)
      expect(page.tracked.shown.ahead).toBe(line.ahead)
    }
  })
})
