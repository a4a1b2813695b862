import { pause } from '@/shared/pause'

/** The ring of an incoming call. Browsers play sound only after a tap: `unlock` is called in one. */
const NOTES_HZ = [784, 988, 1175] as const
const NOTE_S = 0.16
const EVERY_MS = 2_400
const PATIENCE_MS = 1_000
const VIBRATION_MS = [300, 150, 300]

let context: AudioContext | null = null
let timer: ReturnType<typeof setInterval> | null = null

/**
 * Make sound possible; true where it is. Has to run in a tap or a key press. A device that gives no sound at all lets
 * browsers wait for ever: nothing that a person does may wait for this.
 */
export async function unlock(): Promise<boolean> {
  context ??= new AudioContext()
  if (context.state === 'suspended') await Promise.race([context.resume(), pause(PATIENCE_MS)])
  return context.state === 'running'
}

function note(audio: AudioContext, frequencyHz: number, startS: number): void {
  const oscillator = audio.createOscillator()
  const gain = audio.createGain()
  oscillator.type = 'sine'
  oscillator.frequency.value = frequencyHz
  gain.gain.setValueAtTime(0, startS)
  gain.gain.linearRampToValueAtTime(0.4, startS + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.001, startS + NOTE_S * 2)
  oscillator.connect(gain).connect(audio.destination)
  oscillator.start(startS)
  oscillator.stop(startS + NOTE_S * 2)
}

/** The three notes, once. Silent where sound is not unlocked. */
export function chime(): void {
  const audio = context
  if (audio?.state !== 'running') return
  NOTES_HZ.forEach((frequencyHz, index) => note(audio, frequencyHz, audio.currentTime + index * NOTE_S))
}

function once(): void {
  chime()
  // Refused without a tap before; then it stays still.
  if ('vibrate' in navigator && navigator.userActivation.hasBeenActive) navigator.vibrate(VIBRATION_MS)
}

/** Ring until `stopRinging`. */
export function startRinging(): void {
  if (timer !== null) return
  once()
  timer = setInterval(once, EVERY_MS)
}

export function stopRinging(): void {
  if (timer === null) return
  clearInterval(timer)
  timer = null
  if ('vibrate' in navigator) navigator.vibrate(0)
}

/** Any tap of the visit unlocks the ring. */
export function unlockWithFirstTap(): void {
  const onTap = (): void => {
    void unlock().then((running) => {
      if (running) document.removeEventListener('pointerdown', onTap)
    })
  }
  document.addEventListener('pointerdown', onTap)
}
