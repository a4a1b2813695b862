import { compile as compileAsTheyDo } from '@intlify/core-base'
import { describe, expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'

import { compile } from './compiling'

const TEXTS = import.meta.glob<Record<string, unknown>>(['/src/**/texts/*.ts', '/src/shared/i18n/*.{zh,en}.ts'], { eager: true })

function leaves(tree: unknown): string[] {
  if (typeof tree === 'string') return [tree]
  return typeof tree === 'object' && tree !== null ? Object.values(tree).flatMap(leaves) : []
}

const ALL = [...new Set(Object.values(TEXTS).flatMap(leaves))]

/** A value for each name in it, so that none is missing. */
function named(message: string, count: number): Record<string, unknown> {
  const names = [...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
  return { ...Object.fromEntries(names.map((name) => [name, `<${name}>`])), count }
}

describe('a message', () => {
  const messages = { en: Object.fromEntries(ALL.map((message, place) => [`m${place}`, message])) }
  const theirs = createI18n({ legacy: false, locale: 'en', messages, messageCompiler: compileAsTheyDo }).global
  const ours = createI18n({ legacy: false, locale: 'en', messages, messageCompiler: compile }).global

  it('says what it says by the compiler of vue-i18n, each of them, for none, one and more', () => {
    expect(ALL.length).toBeGreaterThan(1_000)
    for (const [place, message] of ALL.entries()) {
      for (const count of [0, 1, 2]) {
        const given = named(message, count)
        expect(ours.t(`m${place}`, given), message).toBe(theirs.t(`m${place}`, given))
      }
    }
  })
})
