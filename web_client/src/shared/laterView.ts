/** Which of two views of a request to keep, whatever order news comes in. Pure. */

interface ViewOfRequest {
  readonly at_ms: number
  readonly request: { readonly request_id: string; readonly version: number } | null
}

/** Of one request the higher version, else the later by the server's clock. */
export function laterView<V extends ViewOfRequest>(known: V | null | undefined, view: V): V {
  if (known === null || known === undefined) return view
  const [before, after] = [known.request, view.request]
  if (before !== null && after !== null && before.request_id === after.request_id && before.version !== after.version) {
    return after.version > before.version ? view : known
  }
  return view.at_ms >= known.at_ms ? view : known
}
