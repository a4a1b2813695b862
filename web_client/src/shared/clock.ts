import { onScopeDispose, ref, type Ref } from 'vue'

/**
 * The server's time on this device. Every view and acknowledgement carries `at_ms`; the offset is the largest one
 * seen in the last samples, because a late answer can only make the server look slower than it is.
 */
export class ServerClock {
  private offsets: number[] = []
  private offsetMs = 0

  constructor(
    private readonly deviceMs: () => number = Date.now,
    private readonly keep = 8,
  ) {}

  /** Take the server's time out of an answer that has just come. */
  observe(atMs: number): void {
    this.offsets = [...this.offsets, atMs - this.deviceMs()].slice(-this.keep)
    this.offsetMs = Math.max(...this.offsets)
  }

  nowMs(): number {
    return this.deviceMs() + this.offsetMs
  }
}

export const clock = new ServerClock()

interface Ticking {
  readonly now: Ref<number>
  readonly timer: ReturnType<typeof setInterval>
  users: number
}

const ticking = new Map<number, Ticking>()

function startTicking(everyMs: number): Ticking {
  const now = ref(clock.nowMs())
  const timer = setInterval(() => {
    now.value = clock.nowMs()
  }, everyMs)
  const started = { now, timer, users: 0 }
  ticking.set(everyMs, started)
  return started
}

/** The server's time, ticking while the calling component lives. Hundreds of cards on a page share one tick. */
export function useNow(everyMs = 250): Readonly<Ref<number>> {
  const shared = ticking.get(everyMs) ?? startTicking(everyMs)
  shared.users += 1
  onScopeDispose(() => {
    shared.users -= 1
    if (shared.users > 0) return
    clearInterval(shared.timer)
    ticking.delete(everyMs)
  })
  return shared.now
}
