/** `needs_tap`: the browser plays sound only after a gesture; call `play` again from a click. */
export type Playback = 'empty' | 'playing' | 'needs_tap'

/**
 * Shows `stream` in `element` and starts it. Resolves with what the browser allowed; a play that was overtaken by
 * a newer stream counts as playing.
 */
export async function play(element: HTMLVideoElement, stream: MediaStream | null): Promise<Playback> {
  if (element.srcObject !== stream) element.srcObject = stream
  if (stream === null) return 'empty'
  try {
    await element.play()
    return 'playing'
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    return error.name === 'NotAllowedError' ? 'needs_tap' : 'playing'
  }
}

/** False on phones and in Safari before 18.4: there the system alone says where sound comes out. */
export function mayChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype
}

/** Lets the sound of `element` come out of that speaker; the system's own where none is chosen, or it is gone. */
export async function playThrough(element: HTMLMediaElement, speakerId: string | null): Promise<void> {
  if (!mayChooseSpeaker()) return
  try {
    await element.setSinkId(speakerId ?? '')
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    if (speakerId !== null) await playThrough(element, null)
  }
}
