/** Files on their way to a case: pictures made smaller first, with progress; each under a key of its own. */
import type { components } from '@/generated/schema'

import { currentLanguage } from './i18n/language'
import { NetworkError, noticed, problemFrom } from './problem'

export type FileView = components['schemas']['FileView']

const CREATED = 201
const TIMEOUT_MS = 120_000
/** Above this a picture is drawn smaller: phones' pictures have several times what can be read in them. */
const LONGEST_PX = 2_560
const SMALL_ENOUGH_BYTES = 1_000_000
const QUALITY = 0.85
export const ACCEPTED = 'image/jpeg,image/png,image/webp,application/pdf'
export const ACCEPTED_PICTURES = 'image/jpeg,image/png,image/webp'

/** The size that a picture is drawn in: its sides' ratio kept, none longer than LONGEST_PX. Pure. */
export function drawnSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A smaller one of the same picture; what is small, no picture, or cannot be drawn here goes as it is. */
export async function shrunk(file: Blob): Promise<Blob> {
  if (!file.type.startsWith('image/') || file.size <= SMALL_ENOUGH_BYTES) return file
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch (error) {
    // The server says what is wrong with it.
    if (error instanceof DOMException) return file
    throw error
  }
  const size = drawnSize(bitmap.width, bitmap.height)
  const canvas = document.createElement('canvas')
  canvas.width = size.width
  canvas.height = size.height
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, size.width, size.height)
  bitmap.close()
  const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  return drawn !== null && drawn.size < file.size ? drawn : file
}

/**
 * Send one file to that address, with what is asked there besides its name; `progress` is told from 0 to 1. The same key
 * again answers with the same file.
 *
 * Raises Problem where the server refused, NetworkError where no answer came.
 */
export function sendFile(
  address: string,
  query: Readonly<Record<string, unknown>>,
  name: string,
  content: Blob,
  key: string,
  progress: (part: number) => void,
): Promise<FileView> {
  const asked = new URLSearchParams({ name: name.slice(0, 255) })
  for (const [part, value] of Object.entries(query)) if (typeof value === 'string') asked.set(part, value)
  return new Promise((resolve, reject) => {
    // `fetch` tells nothing of what has been sent.
    const request = new XMLHttpRequest()
    request.open('POST', `${address}?${asked.toString()}`)
    request.timeout = TIMEOUT_MS
    request.responseType = 'json'
    request.setRequestHeader('Idempotency-Key', key)
    request.setRequestHeader('Accept-Language', currentLanguage())
    request.setRequestHeader('Content-Type', content.type === '' ? 'application/octet-stream' : content.type)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total)
    }
    request.onload = () => {
      if (request.status === CREATED) resolve(request.response as FileView)
      else reject(noticed(problemFrom(request.response)) ?? new NetworkError('unreadable'))
    }
    request.onerror = () => reject(new NetworkError(navigator.onLine ? 'unreadable' : 'offline'))
    request.ontimeout = () => reject(new NetworkError('timeout'))
    request.send(content)
  })
}
