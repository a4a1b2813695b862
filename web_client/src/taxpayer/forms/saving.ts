import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { canWait, isRefusal, type Refusal } from '@/shared/problem'

import type { Shelf } from '@/shared/shelf'

const PAUSE_MS = 800
const RETRY_MS = 5_000
const CHANGED = 'form_changed'

/** `kept`: on this device alone, and tried again; `elsewhere`: another page saved in between, and a person decides. */
export type SaveState = 'saved' | 'typing' | 'saving' | 'kept' | 'elsewhere' | 'refused'

export interface Newest<T> {
  readonly version: number
  readonly content: T
}

export interface SavingOptions<T> {
  /** Save over a version; the new one. */
  readonly send: (content: T, version: number) => Promise<number>
  /** What the server has now. */
  readonly newest: () => Promise<Newest<T>>
  readonly shelf: Shelf<T>
  readonly nowMs: () => number
  readonly pauseMs?: number
}

/**
 * Saving by itself, over the version that the page has: a pause after the last key, one saving at a time, the device's
 * shelf until the server has it. Where another page was first, nothing is overwritten before a person chose.
 */
export class Saving<T> {
  readonly state: Ref<SaveState> = ref('saved')
  readonly savedAtMs: Ref<number | null> = ref(null)
  readonly refusal: ShallowRef<Refusal | null> = shallowRef(null)
  /** What another page saved, while it is to be chosen. */
  readonly other: ShallowRef<Newest<T> | null> = shallowRef(null)
  private version = 0
  private wanted: T | null = null
  private sent: T | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private running: Promise<void> | null = null

  constructor(private readonly options: SavingOptions<T>) {}

  /** Begin with what the server has; what the page shows then: the device's, where that is newer. */
  begin(newest: Newest<T>): T {
    this.version = newest.version
    const kept = this.options.shelf.find()
    if (kept === null || same(kept.content, newest.content)) {
      this.options.shelf.forget()
      return newest.content
    }
    this.wanted = kept.content
    if (kept.version === newest.version) {
      this.later(0)
    } else {
      this.state.value = 'elsewhere'
      this.other.value = newest
    }
    return kept.content
  }

  change(content: T): void {
    this.wanted = content
    this.options.shelf.keep({ version: this.version, content })
    if (this.state.value === 'elsewhere') return
    this.state.value = 'typing'
    this.later(this.options.pauseMs ?? PAUSE_MS)
  }

  /** Save now what is not saved; whether the server has everything then. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer)
    if (this.running !== null) {
      await this.running
      return this.flush()
    }
    const wanted = this.wanted
    if (wanted === null) return this.state.value === 'saved'
    if (this.state.value === 'elsewhere') return false
    this.running = this.save(wanted)
    await this.running
    return this.isSaved()
  }

  /** The connection is back: do not wait for the rest of the pause. */
  async again(): Promise<void> {
    if (this.state.value === 'kept') await this.flush()
  }

  /** Keep what this page has, over what another one saved. */
  async keepMine(): Promise<void> {
    if (this.other.value === null) return
    this.version = this.other.value.version
    this.other.value = null
    this.state.value = 'typing'
    await this.flush()
  }

  /** Take what another page saved; what this one had is gone. */
  takeTheirs(): T | null {
    const theirs = this.other.value
    if (theirs === null) return null
    this.version = theirs.version
    this.wanted = null
    this.other.value = null
    this.options.shelf.forget()
    this.state.value = 'saved'
    return theirs.content
  }

  private isSaved(): boolean {
    return this.wanted === null
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  private later(pauseMs: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), pauseMs)
  }

  private async save(content: T): Promise<void> {
    this.state.value = 'saving'
    this.refusal.value = null
    this.sent = content
    try {
      this.landed(await this.options.send(content, this.version), content)
    } catch (error) {
      if (!isRefusal(error)) throw error
      await this.failed(error)
    } finally {
      this.running = null
    }
  }

  private landed(version: number, content: T): void {
    this.version = version
    this.savedAtMs.value = this.options.nowMs()
    if (this.wanted === content) {
      this.wanted = null
      this.letGo(content)
      this.state.value = 'saved'
      return
    }
    if (this.wanted !== null) this.options.shelf.keep({ version, content: this.wanted })
    this.state.value = 'typing'
    this.later(this.options.pauseMs ?? PAUSE_MS)
  }

  /** What another tab of this browser keeps in the same place is not saved yet. */
  private letGo(content: T): void {
    const kept = this.options.shelf.find()
    if (kept !== null && same(kept.content, content)) this.options.shelf.forget()
  }

  private async failed(refusal: Refusal): Promise<void> {
    if (canWait(refusal)) {
      this.state.value = 'kept'
      this.later(RETRY_MS)
      return
    }
    if (refusal.code === CHANGED) {
      await this.compare()
      return
    }
    this.refusal.value = refusal
    this.state.value = 'refused'
  }

  /** The version is another one: by a saving of this page whose answer was lost, or by another page. */
  private async compare(): Promise<void> {
    try {
      const newest = await this.options.newest()
      if (this.sent !== null && same(newest.content, this.sent)) {
        this.landed(newest.version, this.sent)
        return
      }
      this.other.value = newest
      this.state.value = 'elsewhere'
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.state.value = 'kept'
      this.later(RETRY_MS)
    }
  }
}

/** Whether two contents say the same, whatever the order of their keys. */
export function same(one: unknown, other: unknown): boolean {
  return written(one) === written(other)
}

function written(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([before], [after]) => (before < after ? -1 : 1)))
      : part,
  )
}
