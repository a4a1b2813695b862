/** What was typed and is not with the server yet, kept on this device until it is. */
const PREFIX = 'shuitong.draft.'
const OWNER = 'shuitong.draftOwner'

export interface Kept<T> {
  /** The version that it was written over. */
  readonly version: number
  readonly content: T
}

export interface Shelf<T> {
  keep: (kept: Kept<T>) => void
  find: () => Kept<T> | null
  forget: () => void
}

/** One place of the device's shelf. What was kept by another version of the page and cannot be read is dropped. */
export function shelfOf<T>(name: string, isContent: (value: unknown) => value is T): Shelf<T> {
  const key = PREFIX + name
  return {
    keep: (kept) => {
      try {
        localStorage.setItem(key, JSON.stringify(kept))
      } catch (error) {
        // The device's room is used up: what is typed stays on the page, and is saved as soon as the server answers.
        if (!(error instanceof DOMException)) throw error
      }
    },
    find: () => readKept(localStorage.getItem(key), isContent),
    forget: () => localStorage.removeItem(key),
  }
}

function readKept<T>(written: string | null, isContent: (value: unknown) => value is T): Kept<T> | null {
  if (written === null) return null
  try {
    const read: unknown = JSON.parse(written)
    if (typeof read !== 'object' || read === null || !('version' in read) || !('content' in read)) return null
    return typeof read.version === 'number' && isContent(read.content) ? { version: read.version, content: read.content } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** The places where something is kept now. */
export function keptNames(): string[] {
  const names = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? '')
  return names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length))
}

/** Somebody signed out by themselves: nothing of them stays on the device. */
export function clearShelf(): void {
  for (const name of keptNames()) localStorage.removeItem(PREFIX + name)
}

/** Whether what is kept is somebody else's, who was signed in here before; from now on it is this person's. */
export function belongsToAnother(taxpayerId: string): boolean {
  const before = localStorage.getItem(OWNER)
  localStorage.setItem(OWNER, taxpayerId)
  return before !== null && before !== taxpayerId
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export interface TextShelf {
  readonly find: () => string
  readonly put: (text: string) => void
  /** Run `handler` when another tab has put something there. Returns the way to stop it. */
  readonly onPutElsewhere: (handler: () => void) => () => void
}

/** A text that is being typed, kept with each change, until it is `put` empty. */
export function textShelf(name: string): TextShelf {
  const shelf = shelfOf(name, isText)
  return {
    find: () => shelf.find()?.content ?? '',
    put: (text) => {
      if (text === '') shelf.forget()
      else shelf.keep({ version: 0, content: text })
    },
    onPutElsewhere: (handler) => {
      const listener = (event: StorageEvent): void => {
        if (event.key === PREFIX + name) handler()
      }
      window.addEventListener('storage', listener)
      return () => window.removeEventListener('storage', listener)
    },
  }
}
