/** Looks for QR codes in a camera's picture or a photo, by the browser's own detector where it has one. */
import type { DeviceProblem } from '@/shared/call/types'

interface Detector {
  detect(picture: HTMLCanvasElement): Promise<readonly { readonly rawValue: string }[]>
}

interface NativeDetector {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

declare global {
  // Chrome on Android and on a Mac has it; others do not.
  var BarcodeDetector: NativeDetector | undefined
}

const FORMATS = ['qr_code']
/** The longer side that a picture is made smaller to: modules of a slip's code are still some pixels wide. */
const CAMERA_MOST_PX = 800
const PHOTO_MOST_PX = 1_600
const LOOK_EVERY_MS = 150

export type CameraProblem = DeviceProblem | 'unsupported'

/** The camera could not be opened. */
export class CameraError extends Error {
  constructor(
    readonly problem: CameraProblem,
    options?: ErrorOptions,
  ) {
    super(`no camera: ${problem}`, options)
    this.name = 'CameraError'
  }
}

async function ownDetector(): Promise<Detector> {
  const { BarcodeDetector } = await import('qr/decode.js')
  return new BarcodeDetector({ formats: ['qr_code'] })
}

async function nativeDetector(): Promise<Detector | null> {
  const Native = globalThis.BarcodeDetector
  if (Native === undefined) return null
  // A browser may have the class without the system's part that does the work.
  return (await Native.getSupportedFormats()).includes('qr_code') ? new Native({ formats: FORMATS }) : null
}

/** Finds the words of a QR code; where the browser's detector fails in the middle, ours goes on. */
export class QrReader {
  #detector: Detector | null = null

  async read(picture: HTMLCanvasElement): Promise<string | null> {
    this.#detector ??= (await nativeDetector()) ?? (await ownDetector())
    try {
      return await find(this.#detector, picture)
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      this.#detector = await ownDetector()
      return find(this.#detector, picture)
    }
  }
}

async function find(detector: Detector, picture: HTMLCanvasElement): Promise<string | null> {
  return (await detector.detect(picture))[0]?.rawValue ?? null
}

function drawn(picture: CanvasImageSource, width: number, height: number, most: number, canvas: HTMLCanvasElement): HTMLCanvasElement {
  const scale = Math.min(1, most / Math.max(width, height))
  canvas.width = Math.max(1, Math.round(width * scale))
  canvas.height = Math.max(1, Math.round(height * scale))
  canvas.getContext('2d', { willReadFrequently: true })?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return canvas
}

/** The words of the QR code in a photo; none where there is no code in it, or it is no picture. */
export async function readPhoto(file: Blob): Promise<string | null> {
  let photo: ImageBitmap
  try {
    photo = await createImageBitmap(file)
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
  try {
    return await new QrReader().read(drawn(photo, photo.width, photo.height, PHOTO_MOST_PX, document.createElement('canvas')))
  } finally {
    photo.close()
  }
}

function problemOf(error: DOMException): CameraProblem {
  if (error.name === 'NotAllowedError' || error.name === 'SecurityError') return 'denied'
  return error.name === 'NotFoundError' || error.name === 'OverconstrainedError' ? 'none' : 'in_use'
}

/** The camera on the back where there is one. Raises CameraError. */
export async function openCamera(): Promise<MediaStream> {
  // Without https, and in some browsers inside other programs, there is none; the types do not know that.
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices
  if (devices === undefined) throw new CameraError('unsupported')
  try {
    return await devices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } } })
  } catch (error) {
    if (error instanceof DOMException) throw new CameraError(problemOf(error), { cause: error })
    throw error
  }
}

/** Looks at the moving picture until a QR code was `found`. Returns the way to stop it. */
export function watchFor(video: HTMLVideoElement, found: (words: string) => boolean): () => void {
  const reader = new QrReader()
  const canvas = document.createElement('canvas')
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  async function look(): Promise<void> {
    if (video.videoWidth > 0) {
      const words = await reader.read(drawn(video, video.videoWidth, video.videoHeight, CAMERA_MOST_PX, canvas))
      if (stopped || (words !== null && found(words))) return
    }
    timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  }

  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
