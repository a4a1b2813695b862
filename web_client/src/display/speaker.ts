import { readonly, ref, type Ref } from 'vue'

import type { Sentence } from './announcing'

export type Voice = 'unknown' | 'locked' | 'ready' | 'none'

/** A browser that begins nothing within this long is taken as one that needs a tap. */
const PROBE_MS = 2_000
/** Some browsers never tell that a sentence has ended. */
const SENTENCE_MAX_MS = 20_000

/**
 * Says sentences one after the other, by the browser's own voice. Browsers speak only after a tap, or never ask for
 * one on a screen that was set up so: it is tried, and where it is refused `unlock` is to be called in a tap.
 */
export class Speaker {
  private readonly engine: SpeechSynthesis | null = 'speechSynthesis' in window ? window.speechSynthesis : null
  private readonly state = ref<Voice>(this.engine === null ? 'none' : 'unknown')
  private queue: Sentence[] = []
  /** Kept here: a browser may forget a sentence that nobody holds, and then never tells its end. */
  private current: SpeechSynthesisUtterance | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  readonly voice: Readonly<Ref<Voice>> = readonly(this.state)

  /** Try whether it is allowed without a tap. */
  probe(): void {
    this.begin(silence(), PROBE_MS, () => {
      if (this.state.value === 'unknown') this.state.value = 'locked'
    })
  }

  /** To be called in a tap. */
  unlock(): void {
    this.engine?.cancel()
    this.probe()
  }

  say(sentences: readonly Sentence[]): void {
    this.queue.push(...sentences)
    this.next()
  }

  private next(): void {
    if (this.current !== null || this.state.value !== 'ready') return
    const sentence = this.queue.shift()
    if (sentence === undefined) return
    const utterance = new SpeechSynthesisUtterance(sentence.text)
    utterance.lang = sentence.lang
    utterance.rate = 0.9
    const voice = this.voiceOf(sentence.lang)
    if (voice !== undefined) utterance.voice = voice
    this.begin(utterance, SENTENCE_MAX_MS, () => this.engine?.cancel())
  }

  private begin(utterance: SpeechSynthesisUtterance, mostMs: number, late: () => void): void {
    if (this.engine === null) return
    const done = (): void => {
      if (this.current !== utterance) return
      clearTimeout(this.timer)
      this.current = null
      this.next()
    }
    clearTimeout(this.timer)
    this.current = utterance
    this.timer = setTimeout(() => {
      late()
      done()
    }, mostMs)
    utterance.onstart = () => (this.state.value = 'ready')
    utterance.onend = () => {
      this.state.value = 'ready'
      done()
    }
    utterance.onerror = (event) => {
      if (event.error === 'not-allowed') {
        this.state.value = 'locked'
        this.queue = []
      }
      done()
    }
    this.engine.speak(utterance)
  }

  private voiceOf(lang: Sentence['lang']): SpeechSynthesisVoice | undefined {
    const named = (voice: SpeechSynthesisVoice): string => voice.lang.replace('_', '-').toLowerCase()
    const voices = this.engine?.getVoices() ?? []
    const wanted = lang.toLowerCase()
    return (
      voices.find((voice) => named(voice) === wanted) ?? voices.find((voice) => named(voice).startsWith(wanted.slice(0, 2)))
    )
  }
}

function silence(): SpeechSynthesisUtterance {
  const utterance = new SpeechSynthesisUtterance(' ')
  utterance.volume = 0
  return utterance
}
