const BYTES = 16

/** An id that nobody else makes, of the characters that the server takes; also on a page without https. */
export function newTicketId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
