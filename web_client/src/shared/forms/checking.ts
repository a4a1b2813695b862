/**
 * The check of what was filled in: pure, total, and the same as the server's (docs/FORMS.md, checking.py). Both are
 * held to cases/forms/vectors.json.
 */
import type { Day } from '../certificates'
import { FEN_MAX, fenOf, INTEGER_MAX, rounded, written } from './amounts'
import { isDay } from './days'
import { type CheckDefinition, type FieldDefinition, type FormDefinition, type Tree } from './definition'
import { evaluate, holds, type Filled, type Row, type Value } from './evaluation'
import { certificateFault, FORMATS } from './formats'
import { Fraction } from './fraction'
import { structuralFaults } from './structure'
import { CONFIRMED, isObject, oversize, tidied, type Values } from './tidying'

/** The first ones, in the order of the form. */
const FAULTS_MAX = 100

export interface Fault {
  /** Where: `lines.0.amount`, rows from 0. */
  readonly field: string
  readonly code: string
}

/** The values as they are kept, what is shown, and everything that is wrong. */
export interface Checked {
  readonly values: Values
  readonly faults: readonly Fault[]
  /** The paths of all fields and columns that are shown. */
  readonly shown: ReadonlySet<string>
  readonly required: ReadonlySet<string>
  readonly shownSections: ReadonlySet<string>
}

interface Place {
  readonly field: FieldDefinition
  readonly value: Value
  readonly isPresent: boolean
  readonly row: Row
}

const NO_ROW: Row = new Map()

/** `today`: YYYY-MM-DD at the hall. */
export function check(
  definition: FormDefinition,
  values: unknown,
  attachmentKinds: readonly string[],
  today: string,
): Checked {
  const none = { shown: new Set<string>(), required: new Set<string>(), shownSections: new Set<string>() }
  if (!isObject(values)) return { values: {}, faults: [{ field: 'form', code: 'field_type' }], ...none }
  const tooMuch = oversize(definition, values)
  if (tooMuch !== null) return { values, faults: [{ field: 'form', code: tooMuch }], ...none }
  const walk = new Walk(definition, tidied(definition, values), new Set(attachmentKinds), today)
  walk.fill()
  return {
    values: walk.kept,
    faults: walk.faults().slice(0, FAULTS_MAX),
    shown: new Set(walk.places.keys()),
    required: walk.required(),
    shownSections: walk.shownSections,
  }
}

class Walk {
  readonly kept: Record<string, unknown> = {}
  readonly places = new Map<string, Place>()
  readonly shownSections = new Set<string>()
  private readonly fields = new Map<string, Value>()
  private readonly tables = new Map<string, Row[]>()
  private readonly bad: Map<string, string>

  constructor(
    private readonly definition: FormDefinition,
    private readonly source: Values,
    private readonly attachments: ReadonlySet<string>,
    private readonly today: string,
  ) {
    this.bad = structuralFaults(definition, source)
  }

  /** The values that are shown and computed, in `kept`. */
  fill(): void {
    for (const section of this.definition.sections) {
      if (section.shown !== null && !holds(section.shown, this.filled())) continue
      this.shownSections.add(section.id)
      for (const field of section.fields) {
        if (field.type === 'table') this.fillTable(field)
        else this.fields.set(field.id, this.fillOne(field, field.id, this.source, this.kept, NO_ROW))
      }
    }
    if (CONFIRMED in this.source) this.kept[CONFIRMED] = this.source[CONFIRMED]
  }

  private filled(row: Row = NO_ROW): Filled {
    return {
      fields: this.fields,
      tables: this.tables,
      attachments: this.attachments,
      rates: this.definition.rates,
      today: this.today,
      row,
      isRateMissing: false,
    }
  }

  private fillOne(field: FieldDefinition, path: string, source: Values, into: Record<string, unknown>, row: Row): Value {
    if (field.shown !== null && !holds(field.shown, this.filled(row))) return null
    const [value, kept] =
      field.computed === null ? this.given(field, path, source) : this.computed(field.computed, field, path, row)
    if (kept !== null) into[field.id] = kept
    this.places.set(path, { field, value, isPresent: kept !== null, row })
    return value
  }

  /** The value as later expressions see it, and how it is kept: also where it is wrong, and counts as not filled in. */
  private given(field: FieldDefinition, path: string, source: Values): [Value, unknown] {
    const kept = source[field.id] ?? null
    const value = kept === null || this.bad.has(path) ? null : typed(field, kept)
    const fault = value === null ? null : outOfBounds(field, value)
    if (fault === null) return [value, kept]
    this.bad.set(path, fault)
    return [null, kept]
  }

  /** The value as later expressions see it, which is the kept one, and how it is kept. */
  private computed(expression: Tree, field: FieldDefinition, path: string, row: Row): [Value, unknown] {
    const filled = this.filled(row)
    const value = evaluate(expression, filled)
    if (filled.isRateMissing) this.bad.set(path, 'rate_missing')
    if (!(value instanceof Fraction)) return [value, value]
    const places = field.places ?? 2
    const kept = rounded(value, places)
    const isTooLarge =
      kept.absolute().compared(Fraction.of(FEN_MAX, 100n)) > 0 ||
      (field.type === 'integer' && kept.absolute().compared(Fraction.of(INTEGER_MAX)) > 0)
    if (isTooLarge) {
      this.bad.set(path, 'number_too_large')
      return [null, null]
    }
    if (field.type === 'money') return [kept, Number(fenOf(kept))]
    return [kept, field.type === 'integer' ? Number(kept.top) : written(kept, places)]
  }

  private fillTable(table: FieldDefinition): void {
    if (table.shown !== null && !holds(table.shown, this.filled())) return
    const rows = this.source[table.id] ?? null
    this.places.set(table.id, { field: table, value: null, isPresent: rows !== null, row: NO_ROW })
    if (!Array.isArray(rows)) {
      if (rows !== null) this.kept[table.id] = rows
      return
    }
    const most = table.rows?.most ?? rows.length
    const typedRows: Row[] = []
    const kept = rows.map((row: unknown, number) => {
      if (number >= most) return row
      const values = new Map<string, Value>()
      const into: Record<string, unknown> = {}
      if (isObject(row)) {
        for (const column of table.columns ?? []) {
          values.set(column.id, this.fillOne(column, `${table.id}.${number}.${column.id}`, row, into, values))
        }
      }
      typedRows.push(values)
      return isObject(row) ? into : row
    })
    this.kept[table.id] = kept
    this.tables.set(table.id, typedRows)
  }

  /** Of the fields in their order, then of the checks, then of the attachments. */
  faults(): Fault[] {
    const confirmed = this.confirmed()
    const found = [...this.ofFields(), ...this.ofChecks()].filter(
      ({ field, code }) => !confirmed.has(`${field}:${code}`),
    )
    for (const one of this.definition.attachments) {
      if (this.isRequired(one.required, NO_ROW) && !this.attachments.has(one.kind)) {
        found.push({ field: `attachments.${one.kind}`, code: 'attachment_missing' })
      }
    }
    return found
  }

  /** What has to be filled in as things are. */
  required(): Set<string> {
    const found = [...this.places].filter(([, place]) => this.isRequired(place.field.required, place.row))
    const attachments = this.definition.attachments.filter((one) => this.isRequired(one.required, NO_ROW))
    return new Set([...found.map(([path]) => path), ...attachments.map((one) => `attachments.${one.kind}`)])
  }

  private confirmed(): Set<string> {
    const said = this.kept[CONFIRMED]
    if (this.bad.has(CONFIRMED) || !Array.isArray(said)) return new Set()
    const sentences = said.filter((one): one is string => typeof one === 'string')
    return new Set(sentences.filter((one) => this.definition.confirmable.includes(one.slice(one.lastIndexOf(':') + 1))))
  }

  private isRequired(required: Tree | boolean, row: Row): boolean {
    return typeof required === 'boolean' ? required : holds(required, this.filled(row))
  }

  private *ofFields(): Generator<Fault> {
    for (const [path, place] of this.places) {
      const bad = this.bad.get(path)
      if (bad !== undefined) yield { field: path, code: bad }
      else if (!place.isPresent) {
        if (this.isRequired(place.field.required, place.row)) yield { field: path, code: 'required' }
      } else if (place.field.type !== 'table') {
        const fault = this.ofFormat(place)
        if (fault !== null) yield { field: path, code: fault }
      }
      if (place.field.type !== 'table') continue
      for (const [row, code] of this.bad) if (isRowOf(row, path)) yield { field: row, code }
    }
    if (this.bad.has(CONFIRMED)) yield { field: CONFIRMED, code: 'field_type' }
  }

  private ofFormat({ field, value, row }: Place): string | null {
    if (field.format === undefined || field.format === null || typeof value !== 'string') return null
    const today = dayParts(this.today)
    if (field.format === 'certificate' && typeof field.certificate_type === 'string') {
      const kind = row.get(field.certificate_type) ?? this.fields.get(field.certificate_type)
      return typeof kind === 'string' ? certificateFault(kind, value, today) : null
    }
    return FORMATS[field.format]?.more?.(value, today) ?? null
  }

  private *ofChecks(): Generator<Fault> {
    for (const one of this.definition.checks) {
      const rows = one.table === null ? [NO_ROW] : (this.tables.get(one.table) ?? [])
      for (const [number, row] of rows.entries()) {
        const fault = this.ofCheck(one, one.table === null ? one.field : `${one.table}.${number}.${one.field}`, row)
        if (fault !== null) yield fault
      }
    }
  }

  private ofCheck(one: CheckDefinition, path: string, row: Row): Fault | null {
    if (!this.places.has(path)) return null
    const filled = this.filled(row)
    if (evaluate(one.holds, filled) === false) return { field: path, code: one.code }
    return filled.isRateMissing && !this.bad.has(path) ? { field: path, code: 'rate_missing' } : null
  }
}

function isRowOf(path: string, table: string): boolean {
  return path.startsWith(`${table}.`) && path.split('.').length === 2
}

function dayParts(day: string): Day {
  return { year: Number(day.slice(0, 4)), month: Number(day.slice(5, 7)), day: Number(day.slice(8, 10)) }
}

/** A value that fits the schema, as expressions see it. */
function typed(field: FieldDefinition, value: unknown): Value {
  if (field.type === 'money' && typeof value === 'number') return Fraction.of(BigInt(value), 100n)
  if (field.type === 'integer' && typeof value === 'number') return Fraction.whole(value)
  if (field.type === 'number' && typeof value === 'string') return Fraction.read(value)
  return value as Value
}

/** What the schema cannot say: days that do not exist, and bounds of numbers written as text. */
function outOfBounds(field: FieldDefinition, value: Value): string | null {
  if (field.type === 'date') return typeof value === 'string' && isDay(value) ? null : 'date_invalid'
  if (!(value instanceof Fraction)) return null
  if (typeof field.least === 'string' && value.compared(Fraction.read(field.least)) < 0) return 'number_too_small'
  if (typeof field.most === 'string' && value.compared(Fraction.read(field.most)) > 0) return 'number_too_large'
  return null
}
