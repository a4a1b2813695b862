import type { Checked } from '@/shared/forms/checking'
import type { FormDefinition } from '@/shared/forms/definition'
import { CONFIRMED } from '@/shared/forms/tidying'
import { inLanguage } from '@/shared/i18n/language'

/** What a page of a form asks of a check, place by place. */
export interface FormFacts {
  isShown: (path: string) => boolean
  isRequired: (path: string) => boolean
  valueAt: (path: string) => unknown
  /** The sentence of a fault that is to be told; empty where there is none, or it is not to be told yet. */
  faultAt: (path: string) => string
  /** Whether the taxpayer said that a doubtful value is right; none where it is not doubtful. */
  confirmationAt: (path: string) => boolean | null
}

/** `isTold`: whether faults of a place are told already, which is once it was left. */
export function factsOf(definition: FormDefinition, checked: Checked, isTold: (path: string) => boolean): FormFacts {
  const faults = new Map(checked.faults.map((one) => [one.field, one.code]))
  const said = confirmedOf(checked.values)

  function confirmedCode(path: string): string | null {
    return said.find((one) => one.startsWith(`${path}:`))?.slice(path.length + 1) ?? null
  }

  return {
    isShown: (path) => checked.shown.has(path),
    isRequired: (path) => checked.required.has(path),
    valueAt: (path) => at(checked.values, path),
    faultAt: (path) => {
      const code = faults.get(path)
      return code === undefined || !isTold(path) ? '' : sentenceOf(definition, code)
    },
    confirmationAt: (path) => {
      if (confirmedCode(path) !== null) return true
      const code = faults.get(path)
      return code !== undefined && isTold(path) && definition.confirmable.includes(code) ? false : null
    },
  }
}

export function sentenceOf(definition: FormDefinition, code: string): string {
  const words = definition.texts[code]
  return words === undefined ? code : inLanguage(words)
}

export function confirmedOf(values: Readonly<Record<string, unknown>>): string[] {
  const said = values[CONFIRMED]
  return Array.isArray(said) ? said.filter((one): one is string => typeof one === 'string') : []
}

/** What was confirmed, once the taxpayer says (or says no more) that a value is right. */
export function withConfirmation(said: readonly string[], path: string, code: string, yes: boolean): string[] {
  const others = said.filter((one) => !one.startsWith(`${path}:`))
  return yes ? [...others, `${path}:${code}`] : others
}

function at(values: unknown, path: string): unknown {
  let found = values
  for (const step of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string, unknown>)[step]
  }
  return found
}
