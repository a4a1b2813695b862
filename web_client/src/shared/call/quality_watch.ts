import type { CallConnection } from './connection'
import { figuresBetween, isQuiet, type Figures, type QualitySample } from './quality'

const SAMPLE_EVERY_MS = 3_000
/** While all is well it is told only so often: the relay sees the rest itself. */
const QUIET_SAMPLES = 5

/** Measures one connection at a time, and reports trouble and its end at once, quiet now and then. */
export class QualityWatch {
  readonly #report: (figures: Figures) => void
  #timer: ReturnType<typeof setInterval> | null = null

  constructor(report: (figures: Figures) => void) {
    this.#report = report
  }

  watch(connection: CallConnection): void {
    this.stop()
    let before: QualitySample | null = null
    let wasQuiet = false
    let untold = 0
    const timer = setInterval(() => void measure(), SAMPLE_EVERY_MS)
    this.#timer = timer
    const measure = async (): Promise<void> => {
      if (connection.peerConnection.connectionState !== 'connected') return
      const now = await connection.sample()
      if (this.#timer !== timer) return
      const figures = before === null ? null : figuresBetween(before, now)
      before = now
      if (figures === null) return
      const quiet = isQuiet(figures)
      untold += 1
      if (quiet && wasQuiet && untold < QUIET_SAMPLES) return
      wasQuiet = quiet
      untold = 0
      this.#report(figures)
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
