import { newTicketId } from './newTicketId'

/** One key a wish: pressing again after a lost answer makes nothing twice. Another content is another wish. */
export class Wish {
  private content: string | null = null
  private key = ''

  /** The key to send this content under. */
  keyFor(content: unknown): string {
    const written = JSON.stringify(content)
    if (this.content !== written) {
      this.content = written
      this.key = newTicketId()
    }
    return this.key
  }

  /** It was granted: the same content again is another wish. */
  granted(): void {
    this.content = null
  }
}
