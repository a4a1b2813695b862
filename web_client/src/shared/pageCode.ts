import { readonly, ref } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'

import { pause } from './pause'

const ASK_FIRST_MS = 500
const ASK_MOST_MS = 8_000
const RELOAD_PAUSE_MS = 15_000
/** How long until a part that did not arrive is asked for again. */
export const LATE_AGAIN_MS = 2_000
const RELOADED_KEY = 'shuitong.reloaded-at'

/** The code of a page did not arrive: the server is away, or has a newer version and not this file any more. */
export class PageCodeError extends Error {
  constructor(options?: ErrorOptions) {
    super('the code of a page did not arrive', options)
    this.name = 'PageCodeError'
  }
}

/** Styles that did not arrive: the bundler asks for each once only, and would open its page without it the next time. */
const missingStyles = new Set<string>()
const NO_STYLE = /^Unable to preload CSS for (\S+)$/

function noteMissingStyle(event: VitePreloadErrorEvent): void {
  const address = NO_STYLE.exec(event.payload.message)?.[1]
  if (address !== undefined) missingStyles.add(address)
}

function fetchStyle(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.crossOrigin = ''
    link.href = address
    link.addEventListener('load', () => {
      missingStyles.delete(address)
      resolve()
    })
    link.addEventListener('error', () => {
      link.remove()
      reject(new Error(`no style: ${address}`))
    })
    document.head.append(link)
  })
}

/** A page whose code is fetched when it is first needed; raises PageCodeError where it or its style does not arrive. */
export function latePage<P>(load: () => Promise<P>): () => Promise<P> {
  return async () => {
    try {
      const page = await load()
      await Promise.all([...missingStyles].map(fetchStyle))
      return page
    } catch (error) {
      throw new PageCodeError({ cause: error })
    }
  }
}

/** Until nothing else happens. */
export function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no idle callbacks.
    if ('requestIdleCallback' in window) window.requestIdleCallback(() => resolve())
    else setTimeout(resolve, 1_000)
  })
}

/**
 * Fetch code while nothing else happens, so that it is there when the server is not: the first of them first, and one
 * at a time, for what runs when it arrives would keep who presses waiting.
 */
export async function fetchAhead(pages: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const page of pages) {
    await whenIdle()
    await Promise.allSettled([page()])
  }
}

/** How long to wait before loading anew, so that a server that lost the file is not asked in a circle. */
export function reloadWaitMs(reloadedAtMs: number, nowMs: number): number {
  const sinceMs = nowMs - reloadedAtMs
  return sinceMs >= 0 && sinceMs < RELOAD_PAUSE_MS ? RELOAD_PAUSE_MS - sinceMs : 0
}

export function nextPauseMs(pauseMs: number): number {
  return Math.min(pauseMs * 2, ASK_MOST_MS)
}

const awayRef = ref(false)

/** Whether a page waits for its code; the connection bar is shown for as long. */
export const pageCodeAway = readonly(awayRef)

async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch(window.location.pathname, { method: 'HEAD', cache: 'no-store' })).ok
  } catch (error) {
    // What `fetch` raises where no answer came.
    if (error instanceof TypeError) return false
    throw error
  }
}

/**
 * Open a page whose code did not arrive by loading it from the server, as soon as that answers: some browsers keep a
 * failed import for ever, and after an update only the new start page names the new files. Going elsewhere ends it.
 */
export function recoverPageCode(router: Router): void {
  let wanted: symbol | null = null

  async function openWhenThere(to: RouteLocationNormalized): Promise<void> {
    const own = Symbol(to.fullPath)
    wanted = own
    awayRef.value = true
    const waitMs = reloadWaitMs(Number(sessionStorage.getItem(RELOADED_KEY) ?? 0), Date.now())
    if (waitMs > 0) await pause(waitMs)
    for (let pauseMs = ASK_FIRST_MS; wanted === own; pauseMs = nextPauseMs(pauseMs)) {
      if (await serverAnswers()) break
      await pause(pauseMs)
    }
    if (wanted !== own) return
    sessionStorage.setItem(RELOADED_KEY, String(Date.now()))
    window.location.assign(router.resolve(to.fullPath).href)
  }

  window.addEventListener('vite:preloadError', noteMissingStyle)
  router.onError((error: unknown, to) => {
    if (error instanceof PageCodeError) void openWhenThere(to)
  })
  router.afterEach((_to, _from, failure) => {
    if (failure !== undefined) return
    wanted = null
    awayRef.value = false
  })
}
