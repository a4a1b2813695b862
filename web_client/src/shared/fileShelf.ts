/**
 * Pictures and files that were picked and did not arrive yet, kept on this device until they did: a page that is
 * loaded anew, or left and opened again, sends them under the same key, which makes nothing twice.
 */
export interface KeptFile {
  readonly key: string
  /** For which part of which case. */
  readonly place: string
  readonly name: string
  /** What was asked besides its name. */
  readonly query: Readonly<Record<string, unknown>>
  readonly content: Blob
  /** Where it goes; without it, where the page sends those of that place. */
  readonly address?: string
  readonly keptAtMs: number
}

const DATABASE = 'shuitong'
const FILES = 'files'
const BY_PLACE = 'place'
/** Whoever did not come back for so long picks the file again. */
const LONGEST_MS = 7 * 24 * 3_600_000

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new DOMException('no answer', 'UnknownError'))
  })
}

/** Until what was written stays, also where the page is closed in the next moment. */
function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new DOMException('not written', 'AbortError'))
  })
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(FILES, { keyPath: 'key' }).createIndex(BY_PLACE, 'place')
  }
  return settled(request)
}

/** Run one request. A browser that keeps nothing (a private window, no room left) answers `otherwise`: the page has the file. */
async function ask<T>(mode: IDBTransactionMode, request: (files: IDBObjectStore) => IDBRequest<T>, otherwise: T): Promise<T> {
  let database: IDBDatabase | undefined
  try {
    database = await opened()
    const transaction = database.transaction(FILES, mode)
    const [answer] = await Promise.all([settled(request(transaction.objectStore(FILES))), written(transaction)])
    return answer
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    return otherwise
  } finally {
    database?.close()
  }
}

export async function keepFile(file: KeptFile): Promise<void> {
  await ask('readwrite', (files) => files.put(file), file.key)
}

export async function forgetFile(key: string): Promise<void> {
  await ask('readwrite', (files) => files.delete(key), undefined)
}

/** Those of a place, in the order in which they were picked; what is there for longer is forgotten. */
export async function filesKeptFor(place: string, nowMs: number, longestMs = LONGEST_MS): Promise<KeptFile[]> {
  const found = await ask('readonly', (files) => files.index(BY_PLACE).getAll(place) as IDBRequest<KeptFile[]>, [])
  for (const old of found.filter((one) => nowMs - one.keptAtMs > longestMs)) await forgetFile(old.key)
  return found.filter((one) => nowMs - one.keptAtMs <= longestMs).sort((one, other) => one.keptAtMs - other.keptAtMs)
}

/** Somebody signed out by themselves: nothing of them stays on the device. */
export async function clearFiles(): Promise<void> {
  await ask('readwrite', (files) => files.clear(), undefined)
}
