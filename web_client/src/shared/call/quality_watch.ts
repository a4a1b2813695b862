import type { CallConnection } from './connection'
import { qualityBetween, type QualityReading, type QualitySample } from './quality'

const SAMPLE_EVERY_MS = 2_000
/** An unchanged level is told again this often, for the round trip beside it. */
const REPORT_EVERY_SAMPLES = 5

/** Measures one connection at a time, and reports a changed level at once, an unchanged one now and then. */
export class QualityWatch {
  readonly #report: (reading: QualityReading) => void
  #timer: ReturnType<typeof setInterval> | null = null

  constructor(report: (reading: QualityReading) => void) {
    this.#report = report
  }

  watch(connection: CallConnection): void {
    this.stop()
    let before: QualitySample | null = null
    let level = 0
    let unreported = 0
    const timer = setInterval(() => void measure(), SAMPLE_EVERY_MS)
    this.#timer = timer
    const measure = async (): Promise<void> => {
      if (connection.peerConnection.connectionState !== 'connected') return
      const now = await connection.sample()
      if (this.#timer !== timer) return
      const reading = before === null ? null : qualityBetween(before, now)
      before = now
      if (reading === null) return
      unreported += 1
      if (reading.level === level && unreported < REPORT_EVERY_SAMPLES) return
      level = reading.level
      unreported = 0
      this.#report(reading)
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
