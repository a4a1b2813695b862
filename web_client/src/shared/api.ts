import createClient, { type Client } from 'openapi-fetch'

import type { paths } from '@/generated/schema'

import { clock } from './clock'
import { currentLanguage } from './i18n/language'
import { pause } from './pause'
import { NetworkError, noticed, Problem, problemFrom } from './problem'

const TIMEOUT_MS = 15_000
const GET_ATTEMPTS = 3
const RETRY_PAUSE_MS = 400

export type Api = Client<paths>

async function once(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError'
    if (timedOut) throw new NetworkError('timeout', { cause: error })
    // A browser that is online has found nobody at the other end.
    throw new NetworkError(navigator.onLine ? 'unreadable' : 'offline', { cause: error })
  }
}

/** Only a GET may be sent again by itself: everything else could happen twice. */
export async function send(request: Request): Promise<Response> {
  request.headers.set('Accept-Language', currentLanguage())
  const attempts = request.method === 'GET' ? GET_ATTEMPTS : 1
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(request.clone())
    } catch (error) {
      if (attempt >= attempts) throw error
      await pause(RETRY_PAUSE_MS * attempt)
    }
  }
}

export const api: Api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  fetch: send,
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

function hasTime(value: unknown): value is { at_ms: number } {
  return typeof value === 'object' && value !== null && 'at_ms' in value && typeof value.at_ms === 'number'
}

/**
 * The good result of a call on `api`.
 *
 * Raises Problem where the server refused, NetworkError where no answer came or it was not the server's.
 */
export async function result<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch (error) {
    if (error instanceof SyntaxError) throw new NetworkError('unreadable', { cause: error })
    throw error
  }
  if (answer.response.ok && answer.data !== undefined) {
    if (hasTime(answer.data)) clock.observe(answer.data.at_ms)
    return answer.data
  }
  throw noticed(problemFrom(answer.error)) ?? new NetworkError('unreadable')
}

export { NetworkError, Problem }
