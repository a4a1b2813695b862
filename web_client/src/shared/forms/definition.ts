/** A form as the server shows it (docs/FORMS.md). */
export interface Words {
  readonly zh: string
  readonly en: string
}

/** Leaves have names and literals as text; all else is an operation and its arguments, which are trees. */
export interface Tree extends ReadonlyArray<string | Tree> {
  readonly 0: string
}

export type FieldType = 'text' | 'money' | 'number' | 'integer' | 'date' | 'choice' | 'choices' | 'yes_no' | 'table'

export interface FieldDefinition {
  readonly id: string
  readonly type: FieldType
  readonly label: Words
  readonly hint: Words | null
  readonly unit: Words | null
  readonly required: Tree | boolean
  readonly shown: Tree | null
  readonly computed: Tree | null
  readonly prefill: string | null
  readonly options?: readonly { readonly value: string; readonly label: Words }[]
  readonly format?: string | null
  readonly certificate_type?: string | null
  readonly longest?: number
  readonly multiline?: boolean
  readonly places?: number
  readonly least?: string | null
  readonly most?: string | null
  readonly columns?: readonly FieldDefinition[]
  readonly rows?: { readonly least: number; readonly most: number }
}

export interface SectionDefinition {
  readonly id: string
  readonly title: Words
  readonly note: Words | null
  readonly shown: Tree | null
  readonly fields: readonly FieldDefinition[]
}

export interface CheckDefinition {
  readonly table: string | null
  readonly field: string
  readonly holds: Tree
  readonly code: string
  readonly confirmable: boolean
}

export interface AttachmentDefinition {
  readonly kind: string
  readonly name: Words
  readonly hint: Words | null
  readonly required: Tree | boolean
}

export interface RateEntry {
  readonly valid_from: string
  readonly valid_to?: string
  readonly value?: string
  readonly values?: readonly string[]
  readonly brackets?: readonly { readonly up_to?: string; readonly rate: string; readonly less: string }[]
}

/** The part of JSON Schema that forms use. */
export interface ValueSchema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly uniqueItems?: boolean
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: ValueSchema
  readonly properties?: Readonly<Record<string, ValueSchema>>
}

export interface FormDefinition {
  readonly form_id: string
  readonly code: string
  readonly official: boolean
  readonly name: Words
  readonly note: Words | null
  readonly sections: readonly SectionDefinition[]
  readonly checks: readonly CheckDefinition[]
  readonly attachments: readonly AttachmentDefinition[]
  readonly rates: Readonly<Record<string, { readonly entries: readonly RateEntry[] }>>
  readonly texts: Readonly<Record<string, Words>>
  readonly confirmable: readonly string[]
  readonly limits: { readonly bytes: number; readonly depth: number }
  readonly json_schema: ValueSchema
}

export function fieldsOf(definition: FormDefinition): FieldDefinition[] {
  return definition.sections.flatMap((section) => section.fields)
}

/** The operation of a tree, and its arguments: names and literals, or trees. */
export function partsOf(tree: Tree): { operation: string; said: readonly string[]; trees: readonly Tree[] } {
  const given = tree.slice(1)
  return {
    operation: tree[0],
    said: given.filter((one): one is string => typeof one === 'string'),
    trees: given.filter((one): one is Tree => typeof one !== 'string'),
  }
}
