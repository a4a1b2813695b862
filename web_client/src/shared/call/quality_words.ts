/** What is told of a connection's quality: which words, and which figures are worth reading. Pure. */
import type { Figures, Quality } from './quality'
import type { components } from '../../generated/schema'

export type Level = 0 | 1 | 2 | 3

/** One of the two sides, as their words differ. */
export type Whose = 'own' | 'peer'

/** The figures that a person is shown, in this order. */
export type ShownFigure = 'roundTrip' | 'loss' | 'jitter' | 'rate' | 'frozen'

export interface FigureWords {
  readonly what: ShownFigure
  /** What stands in the text `shared.quality.figure.…`: a number, or two for both directions. */
  readonly values: { readonly up: string; readonly down: string }
}

export interface QualityWords {
  readonly level: Level
  /** The key of the sentence on what is wrong; none where all is well, or nothing is known. */
  readonly flaw: string | null
  readonly figures: readonly FigureWords[]
}

const FLAWS = { loss_down: 'lossDown', loss_up: 'lossUp', freezes: 'freezes', delay: 'delay', jitter: 'jitter' } as const

export function qualityWords(quality: Quality, whose: Whose): QualityWords {
  const { level, flaw, figures } = quality
  return {
    level: level === 1 || level === 2 || level === 3 ? level : 0,
    flaw: flaw === null ? null : `shared.quality.flaw.${whose}.${FLAWS[flaw]}`,
    figures: shownFigures(figures),
  }
}

function shownFigures(figures: Figures): FigureWords[] {
  const both = (what: ShownFigure, up: number | null, down: number | null, to: (value: number) => string): FigureWords[] =>
    up === null && down === null
      ? []
      : [{ what, values: { up: up === null ? '—' : to(up), down: down === null ? '—' : to(down) } }]
  const whole = (value: number): string => String(value)
  return [
    ...both('roundTrip', figures.round_trip_ms, figures.round_trip_ms, whole),
    ...both('loss', figures.loss_up_permille, figures.loss_down_permille, percent),
    ...both('jitter', figures.jitter_up_ms, figures.jitter_down_ms, whole),
    ...both('rate', figures.kbits_up, figures.kbits_down, megabits),
    ...(figures.frozen_permille === null ? [] : both('frozen', null, figures.frozen_permille, percent)),
  ]
}

/** Thousandths as per cent, with one digit below ten. */
export function percent(permille: number): string {
  return permille >= 100 ? String(Math.round(permille / 10)) : String(permille / 10)
}

/** kbit/s as Mbit/s, with two digits below one. */
export function megabits(kbits: number): string {
  const mbits = kbits / 1000
  return mbits >= 1 ? mbits.toFixed(1) : mbits.toFixed(2)
}

type FigureHeld = components['schemas']['FigureHeld']
type FigureName = keyof Figures

const NAMES: readonly FigureName[] = [
  'round_trip_ms',
  'loss_up_permille',
  'loss_down_permille',
  'jitter_up_ms',
  'jitter_down_ms',
  'kbits_up',
  'kbits_down',
  'frozen_permille',
]

export interface FigureOfCall {
  readonly figure: FigureName
  /** With its unit. */
  readonly mean: string
  readonly worst: string
}

/** A whole call's figures with units: the highest is the worst, but for rates. */
export function worstOf(held: readonly FigureHeld[]): FigureOfCall[] {
  const found: FigureOfCall[] = []
  for (const figure of NAMES) {
    const spread = held.find((one) => one.figure === figure)
    if (spread === undefined) continue
    const unit = unitOf(figure)
    const worst = figure.startsWith('kbits') ? spread.least : spread.most
    found.push({ figure, mean: unit(spread.mean), worst: unit(worst) })
  }
  return found
}

function unitOf(figure: FigureName): (value: number) => string {
  if (figure.endsWith('_permille')) return (value) => `${percent(value)}%`
  if (figure.endsWith('_ms')) return (value) => `${String(value)} ms`
  return (value) => `${megabits(value)} Mbit/s`
}
