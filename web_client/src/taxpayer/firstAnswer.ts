const PATIENCE_MS = 15_000

let asked: Promise<Response> | null = null

/** Ask who is signed in while the client's code is still on its way. False where nobody is, or no answer comes. */
export async function askAhead(): Promise<boolean> {
  asked = fetch('/api/v1/taxpayer/session', { signal: AbortSignal.timeout(PATIENCE_MS) })
  try {
    return (await asked).ok
  } catch (error) {
    if (isNoAnswer(error)) return false
    throw error
  }
}

/** The answer to that, once; none where it was not asked, or no answer came. */
export async function takeAnswer(): Promise<Response | null> {
  const answer = asked
  asked = null
  try {
    return await answer
  } catch (error) {
    if (isNoAnswer(error)) return null
    throw error
  }
}

/** What `fetch` raises where no answer came, and what its signal does. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException
}
