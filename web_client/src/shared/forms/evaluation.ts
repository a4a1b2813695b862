/**
 * What an expression gives for what is filled in: the twin of evaluation.py. Pure and total: the unknown gives none.
 *
 * `and`, `or` and `if` look at no more than they need. Everything else with something missing in it is missing, but
 * `total` and what goes over the rows of a table, which leave it out.
 */
import { capitals, rounded } from './amounts'
import { dayAfter, dayOf, daysBetween, monthsAfter } from './days'
import { partsOf, type FormDefinition, type RateEntry, type Tree } from './definition'
import { Fraction, ZERO } from './fraction'

export type Value = Fraction | string | boolean | readonly string[] | null
export type Row = ReadonlyMap<string, Value>

/** What is filled in, as expressions see it. `isRateMissing` takes note of a rate that holds on no such day. */
export interface Filled {
  readonly fields: Row
  readonly tables: ReadonlyMap<string, readonly Row[]>
  readonly attachments: ReadonlySet<string>
  readonly rates: FormDefinition['rates']
  readonly today: string
  readonly row: Row
  isRateMissing: boolean
}

type Given = Exclude<Value, null>

export function evaluate(tree: Tree, filled: Filled): Value {
  const { operation, said, trees } = partsOf(tree)
  switch (operation) {
    case 'number':
      return Fraction.read(said[0] ?? '0')
    case 'text':
    case 'day':
      return said[0] ?? ''
    case 'bool':
      return said[0] === 'true'
    case 'list':
      return said
    case 'field':
      return filled.fields.get(said[0] ?? '') ?? null
    case 'column':
      return filled.row.get(said[0] ?? '') ?? null
    case 'table':
      return null
    case 'filled':
      return isFilled(trees[0], filled)
    case 'if':
      return chosen(trees, filled)
    case 'and':
      return joined(trees, filled, false)
    case 'or':
      return joined(trees, filled, true)
    case 'sum':
    case 'count':
    case 'any':
    case 'all':
    case 'unique':
      return overRows(operation, trees, filled)
    default:
      return applied(operation, trees, filled)
  }
}

/** Whether a condition is known to hold. */
export function holds(tree: Tree, filled: Filled): boolean {
  return evaluate(tree, filled) === true
}

function isFilled(asked: Tree | undefined, filled: Filled): boolean {
  if (asked === undefined) return false
  const { operation, said } = partsOf(asked)
  if (operation === 'table') return (filled.tables.get(said[0] ?? '')?.length ?? 0) > 0
  return evaluate(asked, filled) !== null
}

function chosen(trees: readonly Tree[], filled: Filled): Value {
  const [condition, one, other] = trees
  if (condition === undefined || one === undefined || other === undefined) return null
  const answer = evaluate(condition, filled)
  return answer === null ? null : evaluate(answer === true ? one : other, filled)
}

/** `and` is decided by false, `or` by true; the right side is not looked at where the left one decides. */
function joined(trees: readonly Tree[], filled: Filled, deciding: boolean): Value {
  const [one, other] = trees
  if (one === undefined || other === undefined) return null
  const left = evaluate(one, filled)
  if (left === deciding) return deciding
  const right = evaluate(other, filled)
  if (right === deciding) return deciding
  return left === null || right === null ? null : !deciding
}

function overRows(operation: string, trees: readonly Tree[], filled: Filled): Value {
  const [table, asked] = trees
  if (table === undefined || asked === undefined) return null
  const values = (filled.tables.get(partsOf(table).said[0] ?? '') ?? []).map((row) => {
    const inRow = { ...filled, row }
    const value = evaluate(asked, inRow)
    if (inRow.isRateMissing) filled.isRateMissing = true
    return value
  })
  switch (operation) {
    case 'sum':
      return summed(values)
    case 'count':
      return Fraction.whole(values.filter((one) => one === true).length)
    case 'any':
      return values.includes(true)
    case 'all':
      return !values.includes(false)
    default: {
      const known = values.filter((one) => one !== null)
      return new Set(known).size === known.length
    }
  }
}

function summed(values: readonly Value[]): Fraction {
  return values.reduce<Fraction>((sum, one) => (one instanceof Fraction ? sum.plus(one) : sum), ZERO)
}

function applied(operation: string, trees: readonly Tree[], filled: Filled): Value {
  const values = trees.map((tree) => evaluate(tree, filled))
  if (operation === 'total') return summed(values)
  if (values.includes(null)) return null
  const given = values as Given[]
  const known = KNOWING[operation]
  if (known !== undefined) return known(given, filled)
  const plain = PLAIN[operation]
  if (plain === undefined) throw new RangeError(`a form asks for ${operation}, which this page does not know`)
  return plain(...given)
}

function rateOn(filled: Filled, name: Given | undefined, day: Given | undefined): RateEntry | null {
  const entries = filled.rates[text(name)]?.entries ?? []
  const asked = text(day)
  const found = entries.find((one) => one.valid_from <= asked && (one.valid_to === undefined || asked <= one.valid_to))
  if (found === undefined) filled.isRateMissing = true
  return found ?? null
}

function valuesOf(entry: RateEntry): Fraction[] {
  return (entry.value === undefined ? (entry.values ?? []) : [entry.value]).map((one) => Fraction.read(one))
}

const KNOWING: Readonly<Record<string, (values: readonly Given[], filled: Filled) => Value>> = {
  today: (_values, filled) => filled.today,
  attached: ([kind], filled) => filled.attachments.has(text(kind)),
  rate: ([name, day], filled) => {
    const entry = rateOn(filled, name, day)
    return entry === null ? null : (valuesOf(entry)[0] ?? null)
  },
  is_rate: ([name, value, day], filled) => {
    const entry = rateOn(filled, name, day)
    return entry === null ? null : valuesOf(entry).some((one) => one.compared(number(value)) === 0)
  },
  bracket: ([name, value, day], filled) => {
    const entry = rateOn(filled, name, day)
    if (entry === null) return null
    const amount = number(value)
    const fitting = (entry.brackets ?? []).find(
      (one) => one.up_to === undefined || amount.compared(Fraction.read(one.up_to)) <= 0,
    )
    if (fitting === undefined) return null
    return amount.times(Fraction.read(fitting.rate)).minus(Fraction.read(fitting.less))
  },
}

function number(value: Given | undefined): Fraction {
  return value instanceof Fraction ? value : ZERO
}

function text(value: Given | undefined): string {
  return typeof value === 'string' ? value : ''
}

function ordered(one: Given | undefined, other: Given | undefined): number {
  if (one instanceof Fraction && other instanceof Fraction) return one.compared(other)
  const [before, after] = [text(one), text(other)]
  return before < after ? -1 : Number(before > after)
}

function same(one: Given | undefined, other: Given | undefined): boolean {
  if (one instanceof Fraction && other instanceof Fraction) return one.compared(other) === 0
  return one === other
}

function outermost(values: readonly Given[], side: 1 | -1): Value {
  return values.reduce((found, one) => (ordered(one, found) * side > 0 ? one : found))
}

const PLAIN: Readonly<Record<string, (...values: Given[]) => Value>> = {
  not: (value) => value !== true,
  '==': (one, other) => same(one, other),
  '!=': (one, other) => !same(one, other),
  '<': (one, other) => ordered(one, other) < 0,
  '<=': (one, other) => ordered(one, other) <= 0,
  '>': (one, other) => ordered(one, other) > 0,
  '>=': (one, other) => ordered(one, other) >= 0,
  in: (one, all) => Array.isArray(all) && all.includes(text(one)),
  '+': (one, other) => number(one).plus(number(other)),
  '-': (one, other) => number(one).minus(number(other)),
  '*': (one, other) => number(one).times(number(other)),
  '/': (one, other) => number(one).over(number(other)),
  min: (...values) => outermost(values, -1),
  max: (...values) => outermost(values, 1),
  round: (value, places) => rounded(number(value), Number(number(places).top)),
  floor: (value) => number(value).floor(),
  year: (day) => Fraction.whole(Number(text(day).slice(0, 4))),
  month: (day) => Fraction.whole(Number(text(day).slice(5, 7))),
  date: (year, month, day) => dayOf(number(year), number(month), number(day)),
  days: (first, last) => Fraction.whole(daysBetween(text(first), text(last))),
  add_days: (day, count) => dayAfter(text(day), number(count)),
  add_months: (day, count) => monthsAfter(text(day), number(count)),
  length: (words) => Fraction.whole(Array.from(text(words)).length),
  contains: (words, part) => text(words).includes(text(part)),
  starts: (words, part) => text(words).startsWith(text(part)),
  capital: (value) => capitals(number(value)),
}
