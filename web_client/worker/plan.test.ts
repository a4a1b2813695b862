import { describe, expect, it } from 'vitest'

import { outdated, planOf, wordsPage } from './plan'

const ORIGIN = 'https://tax.example'
const KEPT = new Set(['/favicon.svg', '/assets/taxpayer-1.js'])

function plan(path: string, mode = 'cors', method = 'GET'): string {
  return planOf({ method, mode, url: new URL(path, ORIGIN).href }, ORIGIN, KEPT)
}

describe('a request', () => {
  it.each(['/', '/todos', '/tickets/abc', '/bind?hall=x', '/officers'])('for the page %s opens without a network', (path) =>
    expect(plan(path, 'navigate')).toBe('shell'))

  it.each(['/favicon.svg', '/assets/taxpayer-1.js', '/assets/older-2.js'])('for the file %s is answered from the phone', (path) =>
    expect(plan(path)).toBe('file'))

  it.each([
    '/api/v1/taxpayer/home',
    '/api/v1/taxpayer/guidance/topics/T24/nodes/N1/notice/page',
    '/socket.io/?EIO=4',
    '/officer',
    '/officer/board',
    '/reference',
    '/healthz',
    '/readyz',
    '/openapi.json',
    '/sw.js',
    'https://elsewhere.example/assets/a.js',
  ])('for %s is left alone, as a page and as a file', (path) => {
    expect(plan(path, 'navigate')).toBe('leave')
    expect(plan(path)).toBe('leave')
  })

  it('that changes something, or only asks whether the server is there, is left alone', () => {
    expect(plan('/', 'navigate', 'POST')).toBe('leave')
    expect(plan('/todos', 'same-origin', 'HEAD')).toBe('leave')
  })
})

describe('older versions', () => {
  it('go, but the last one stays for pages that still run it', () => {
    expect(outdated(['c-1', 'other', 'c-2', 'c-3'], 'c-3', 'c-')).toEqual(['c-1'])
    expect(outdated(['c-1'], 'c-1', 'c-')).toEqual([])
  })
})

it('says in words, in both languages, that there is no network', () => {
  expect(wordsPage()).toContain('现在连不上网络')
  expect(wordsPage()).toContain('No network right now')
})
