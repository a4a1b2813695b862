/** What the service worker does with a request: pure. Answers of the server and the socket are never kept. */

/**
 * - `shell`: a page of the taxpayer's client, from the server where it answers, else from the phone.
 * - `file`: a file of the client, from the phone where it is kept.
 * - `leave`: not ours, as if there was no worker.
 */
export type Plan = 'shell' | 'file' | 'leave'

export interface Asked {
  readonly method: string
  readonly mode: string
  readonly url: string
}

/** The officer's pages, the description of the interface, and everything that is answered and not a file. */
const NOT_OURS = ['/api/', '/socket.io/', '/officer', '/reference', '/healthz', '/readyz', '/openapi.json', '/sw.js']

export function planOf({ method, mode, url }: Asked, origin: string, kept: ReadonlySet<string>): Plan {
  const address = new URL(url)
  if (method !== 'GET' || address.origin !== origin) return 'leave'
  if (NOT_OURS.some((path) => address.pathname === path || address.pathname.startsWith(path.endsWith('/') ? path : `${path}/`))) return 'leave'
  if (mode === 'navigate') return 'shell'
  return kept.has(address.pathname) || address.pathname.startsWith('/assets/') ? 'file' : 'leave'
}

/** Caches of the client that are not needed any more: pages that are open may still run the version before this one. */
export function outdated(names: readonly string[], own: string, prefix: string): string[] {
  const others = names.filter((name) => name.startsWith(prefix) && name !== own)
  return others.slice(0, -1)
}

/** Where neither the server answers nor anything is kept: a page in words. No script: the security policy has none. */
export function wordsPage(): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>税通</title>
<style>body{display:grid;place-items:center;min-height:90vh;margin:0 24px;font:16px/1.6 system-ui,sans-serif;text-align:center}
a{display:inline-block;margin-top:16px;padding:12px 24px;border-radius:12px;background:#067a46;color:#fff;text-decoration:none}</style></head>
<body><main><h1>现在连不上网络</h1><p>排队的位置和填好的内容都还在。网络恢复后，点下面再试。</p>
<p lang="en">No network right now. Your place in the line and what you filled in are kept.</p>
<a href="">再试一次 · Try again</a></main></body></html>`
}
