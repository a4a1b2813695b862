/** The service worker: the client is kept on the phone, so that it opens without a network, and notifications open it. */
import { outdated, planOf, wordsPage } from './plan'

declare const self: ServiceWorkerGlobalScope
/** Put in by the build (`vite.config.ts`): the files of the taxpayer's client, its script, and a name for this version. */
declare const __CLIENT__: { readonly version: string; readonly shell: string; readonly files: readonly string[] }

const CLIENT = __CLIENT__
const PREFIX = 'shuitong-client-'
const CACHE = `${PREFIX}${CLIENT.version}`
const START = '/'
const KEPT: ReadonlySet<string> = new Set(CLIENT.files)
/** A server that takes longer for its page is as good as away: the one that is kept opens meanwhile. */
const PATIENCE_MS = 4_000

async function keepClient(): Promise<void> {
  const cache = await caches.open(CACHE)
  const page = await fetch(new Request(START, { cache: 'no-cache' }))
  // Between two versions: the page would ask for files that this one does not know. The browser tries again.
  if (!page.ok || !(await page.clone().text()).includes(CLIENT.shell)) throw new Error('another version is being served')
  await cache.addAll([...CLIENT.files])
  await cache.put(START, page)
  await self.skipWaiting()
}

async function takeOver(): Promise<void> {
  for (const name of outdated(await caches.keys(), CACHE, PREFIX)) await caches.delete(name)
  await self.clients.claim()
}

function pause(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms))
}

async function fromServer(request: Request): Promise<Response | null> {
  try {
    return await fetch(request)
  } catch (error) {
    // What `fetch` raises where no answer came.
    if (error instanceof TypeError) return null
    throw error
  }
}

async function openPage(request: Request): Promise<Response> {
  const asked = fromServer(request)
  const answer = await Promise.race([asked, pause(PATIENCE_MS)])
  // A proxy before a server that is away answers in its place.
  if (answer !== null && answer.status < 500) return answer
  const kept = await caches.match(START, { cacheName: CACHE })
  if (kept !== undefined) return kept
  return (await asked) ?? new Response(wordsPage(), { status: 503, headers: { 'Content-Type': 'text/html; charset=utf-8' } })
}

async function openFile(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request)
}

async function openNotified(path: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const page = pages.find((one) => !new URL(one.url).pathname.startsWith('/officer'))
  // The page that is open shows by itself what called; going elsewhere could end a call.
  if (page !== undefined) await page.focus()
  else await self.clients.openWindow(path)
}

self.addEventListener('install', (event) => event.waitUntil(keepClient()))
self.addEventListener('activate', (event) => event.waitUntil(takeOver()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  const plan = planOf(request, self.location.origin, KEPT)
  if (plan === 'shell') event.respondWith(openPage(request))
  else if (plan === 'file') event.respondWith(openFile(request))
})
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const data: unknown = event.notification.data
  const path = typeof data === 'object' && data !== null && 'path' in data && typeof data.path === 'string' ? data.path : START
  event.waitUntil(openNotified(path))
})
