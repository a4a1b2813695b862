import { pause } from '../../pause'
import { playThrough } from '../playback'
import { loudnessOf } from './loudness'

const EVERY_MS = 100
const NOTES_HZ = [523, 659, 784] as const
const NOTE_S = 0.3
const PATIENCE_MS = 4_000

/** Tells the loudness of a stream's sound, 0 to 1, ten times a second. Returns the way to stop. */
export function watchLoudness(stream: MediaStream, tell: (loudness: number) => void): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  const samples = new Float32Array(analyser.fftSize)
  context.createMediaStreamSource(stream).connect(analyser)
  // Without a tap before, a browser keeps it still; every tap on the page starts it.
  const wake = (): void => void (context.state === 'suspended' && context.resume())
  window.addEventListener('pointerdown', wake)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    tell(loudnessOf(samples))
  }, EVERY_MS)
  return () => {
    clearInterval(timer)
    window.removeEventListener('pointerdown', wake)
    void context.close()
  }
}

/** Plays three notes through the chosen speaker; resolves when they are over, or after PATIENCE_MS. Has to run in a tap or a key press. */
export async function playNotes(speakerId: string | null): Promise<void> {
  const context = new AudioContext()
  const out = context.createMediaStreamDestination()
  const element = new Audio()
  element.srcObject = out.stream
  try {
    // Where no sound comes out, a browser may wait for ever.
    await Promise.race([play(context, out, element, speakerId), pause(PATIENCE_MS)])
  } finally {
    element.srcObject = null
    await context.close()
  }
}

async function play(
  context: AudioContext,
  out: MediaStreamAudioDestinationNode,
  element: HTMLAudioElement,
  speakerId: string | null,
): Promise<void> {
  await context.resume()
  await playThrough(element, speakerId)
  await element.play()
  const startS = context.currentTime + 0.05
  await Promise.all(NOTES_HZ.map((hz, index) => note(context, out, hz, startS + index * NOTE_S)))
}

async function note(context: AudioContext, out: AudioNode, hz: number, startS: number): Promise<void> {
  const oscillator = context.createOscillator()
  const gain = context.createGain()
  oscillator.frequency.value = hz
  gain.gain.setValueAtTime(0.001, startS)
  gain.gain.exponentialRampToValueAtTime(0.4, startS + 0.03)
  gain.gain.exponentialRampToValueAtTime(0.001, startS + NOTE_S)
  oscillator.connect(gain).connect(out)
  oscillator.start(startS)
  oscillator.stop(startS + NOTE_S)
  await new Promise((over) => oscillator.addEventListener('ended', over, { once: true }))
}
