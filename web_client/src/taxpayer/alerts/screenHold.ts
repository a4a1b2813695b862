/** Screen Wake Lock: the browser lets go of it whenever the page is out of sight, and it is asked for again then. */
interface Lock extends EventTarget {
  release(): Promise<void>
}

/** What there is of it in a browser. */
export interface ScreenLocks {
  request(type: 'screen'): Promise<Lock>
}

/** `unsupported`: the browser has no such thing; `refused`: the system said no just now, as a phone does to save power. */
export type ScreenState = 'off' | 'held' | 'unsupported' | 'refused'

export function screenLocksOf(navigator: Navigator): ScreenLocks | undefined {
  // Not everywhere, and not without https; the types do not know that.
  return (navigator as { wakeLock?: ScreenLocks }).wakeLock
}

export class ScreenHold {
  #wanted = false
  #lock: Lock | null = null
  #asking = false
  readonly #onVisible = (): void => void this.#hold()

  constructor(
    private readonly locks: ScreenLocks | undefined,
    private readonly page: Document,
    private readonly changed: (state: ScreenState) => void,
  ) {
    page.addEventListener('visibilitychange', this.#onVisible)
  }

  want(wanted: boolean): void {
    this.#wanted = wanted
    if (wanted) void this.#hold()
    else this.#letGo()
  }

  stop(): void {
    this.page.removeEventListener('visibilitychange', this.#onVisible)
    this.want(false)
  }

  async #hold(): Promise<void> {
    if (!this.#wanted || this.#lock !== null || this.#asking) return
    if (this.locks === undefined) {
      this.changed('unsupported')
      return
    }
    if (this.page.visibilityState !== 'visible') return
    this.#asking = true
    try {
      this.#take(await this.locks.request('screen'))
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      if (this.#isWanted()) this.changed('refused')
    } finally {
      this.#asking = false
    }
  }

  #take(lock: Lock): void {
    // It was let go of while the browser thought about it.
    if (!this.#isWanted()) {
      void lock.release()
      return
    }
    this.#lock = lock
    lock.addEventListener('release', () => {
      if (this.#lock !== lock) return
      this.#lock = null
      this.changed('off')
    })
    this.changed('held')
  }

  #letGo(): void {
    const lock = this.#lock
    this.#lock = null
    if (lock !== null) void lock.release()
    this.changed('off')
  }

  #isWanted(): boolean {
    return this.#wanted
  }
}
