import { onScopeDispose, ref, type Ref } from 'vue'

import { useFailure } from './failure'
import { filesKeptFor, forgetFile, keepFile } from './fileShelf'
import { canWait } from './problem'
import { sendFile, shrunk, type FileView } from './uploads'
import type { Reconnects } from './useLoaded'

/** A file on its way. `failure`: why it did not arrive, empty while it is going. */
export interface Upload {
  readonly key: string
  readonly name: string
  readonly kind: string
  part: number
  failure: string
  /** It waits for the connection, and is sent by itself then. */
  waits: boolean
}

export interface Uploads<Q> {
  readonly uploads: Ref<Upload[]>
  readonly add: (files: Iterable<File>, query: Q) => void
  readonly retry: (key: string) => Promise<void>
  readonly drop: (key: string) => void
}

/** A request can be lost while the socket stays: then nothing else says when to try again. */
const RETRY_MS = 5_000

/**
 * Sends files of a case to `address`, of an entry with this socket; those that the connection lost go again by themselves
 * once it is back. `arrived` is told the key that a file was sent under, the same each time. `place`: where on the device
 * they are kept until they arrived, for a page that is loaded anew, and `longestMs` how long; null: nowhere. `Q`: what is
 * asked there besides a file's name.
 */
export function useUploadsOver<Q extends Readonly<Record<string, unknown>> & { readonly kind?: string | null }>(
  socket: Reconnects,
  newKey: () => string,
  address: () => string,
  arrived: (file: FileView, key: string) => void,
  place: string | null = null,
  longestMs?: number,
): Uploads<Q> {
  const { sentence, refusalOf } = useFailure()
  const uploads = ref<Upload[]>([])
  const contents = new Map<string, { content: Blob; query: Q; address: string; kept: Promise<void> }>()

  async function send(key: string): Promise<void> {
    const upload = uploads.value.find((one) => one.key === key)
    const content = contents.get(key)
    if (upload === undefined || content === undefined) return
    upload.failure = ''
    upload.waits = false
    upload.part = 0
    try {
      const small = await shrunk(content.content)
      const file = await sendFile(content.address, content.query, upload.name, small, key, (part) => {
        upload.part = part
      })
      // Dropped while it was going: whoever dropped it does not want it any more.
      if (!contents.has(key)) return
      drop(key)
      arrived(file, key)
    } catch (error) {
      const refusal = refusalOf(error)
      // It is said to wait once it does, also for a page that is closed now.
      await content.kept
      upload.failure = sentence(refusal)
      upload.waits = canWait(refusal)
      if (!upload.waits && place !== null) await forgetFile(key)
    }
  }

  function put(key: string, name: string, query: Q, content: Blob, to: string, kept: Promise<void> = Promise.resolve()): void {
    contents.set(key, { content, query, address: to, kept })
    uploads.value.push({ key, name, kind: query.kind ?? '', part: 0, failure: '', waits: false })
    void send(key)
  }

  function add(files: Iterable<File>, query: Q): void {
    for (const file of files) {
      const key = newKey()
      const to = address()
      const kept = place === null ? Promise.resolve() : keepFile({ key, place, name: file.name, query, content: file, address: to, keptAtMs: Date.now() })
      put(key, file.name, query, file, to, kept)
    }
  }

  /** What an earlier page picked and could not send. */
  async function addKept(at: string): Promise<void> {
    for (const kept of await filesKeptFor(at, Date.now(), longestMs)) {
      if (!contents.has(kept.key)) put(kept.key, kept.name, kept.query as Q, kept.content, kept.address ?? address())
    }
  }

  function drop(key: string): void {
    contents.delete(key)
    uploads.value = uploads.value.filter((one) => one.key !== key)
    if (place !== null) void forgetFile(key)
  }

  function sendWaiting(): void {
    for (const upload of uploads.value) if (upload.waits) void send(upload.key)
  }

  if (place !== null) void addKept(place)
  onScopeDispose(socket.onConnected(sendWaiting))
  const retrying = setInterval(sendWaiting, RETRY_MS)
  onScopeDispose(() => clearInterval(retrying))
  return { uploads, add, retry: send, drop }
}
