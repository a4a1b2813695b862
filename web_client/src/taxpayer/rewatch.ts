import { pause } from '@/shared/pause'

/**
 * Asks for tickets of which the page missed something: one question a ticket at a time, after a random pause, so that
 * the pages of a line that missed the same do not ask in one moment.
 */
export class Rewatch {
  private readonly asking = new Set<string>()

  constructor(
    /** Whether the ticket is still to be asked for after the pause. */
    private readonly isWanted: (ticketId: string) => boolean,
    /** Asks for it. What it raises is its caller's to handle: none may come out. */
    private readonly watch: (ticketId: string) => Promise<void>,
    private readonly pause: () => Promise<void>,
  ) {}

  async ask(ticketId: string): Promise<void> {
    if (this.asking.has(ticketId)) return
    this.asking.add(ticketId)
    try {
      await this.pause()
      if (this.isWanted(ticketId)) await this.watch(ticketId)
    } finally {
      this.asking.delete(ticketId)
    }
  }
}

const SPREAD_MS = 1_000

/** Up to a second, evenly. */
export function randomPause(): Promise<void> {
  return pause(Math.random() * SPREAD_MS)
}
