const PATIENCE_MS = 15_000
const SIGNED_IN_KEY = 'shuitong.signedIn'

/** What is asked while the client's code is still on its way. */
export type AskedAhead = '/api/v1/taxpayer/session' | '/api/v1/taxpayer/home'

const asked = new Map<AskedAhead, Promise<Response>>()

/** Ask now. False where it was refused, as nobody is signed in, or no answer comes. */
export async function askAhead(path: AskedAhead): Promise<boolean> {
  const answer = fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) })
  asked.set(path, answer)
  try {
    return (await answer).ok
  } catch (error) {
    if (isNoAnswer(error)) return false
    throw error
  }
}

/** The answer to that, once; none where it was not asked, or no answer came. */
export async function takeAnswer(path: AskedAhead): Promise<Response | null> {
  const answer = asked.get(path) ?? null
  asked.delete(path)
  try {
    return await answer
  } catch (error) {
    if (isNoAnswer(error)) return null
    throw error
  }
}

/** Whether somebody was signed in when this device's last page was open: they most likely still are. */
export function wasSignedIn(): boolean {
  return localStorage.getItem(SIGNED_IN_KEY) !== null
}

export function rememberSignedIn(isSignedIn: boolean): void {
  if (isSignedIn) localStorage.setItem(SIGNED_IN_KEY, 'yes')
  else localStorage.removeItem(SIGNED_IN_KEY)
}

/** Calls back when another tab of this browser has signed in. Returns the way to stop it. */
export function onSignedInElsewhere(listener: () => void): () => void {
  const hear = ({ key, newValue }: StorageEvent): void => {
    if (key === SIGNED_IN_KEY && newValue !== null) listener()
  }
  window.addEventListener('storage', hear)
  return () => window.removeEventListener('storage', hear)
}

/** What `fetch` raises where no answer came, and what its signal does. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException
}
