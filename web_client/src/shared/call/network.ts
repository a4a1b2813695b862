/** A clock that stood still for this long belongs to a machine that slept. */
const ASLEEP_MS = 5_000
const BEAT_MS = 1_000

/** What browsers tell of the kind of connection; some tell nothing. */
interface NetworkInformation extends EventTarget {
  readonly type?: string
}

/**
 * Calls `changed` when this machine may have another network than before: it is online again, has another kind of
 * connection, or woke up. Returns the way to stop it.
 */
export function watchNetwork(changed: () => void): () => void {
  const { connection } = navigator as Navigator & { connection?: NetworkInformation }
  let type = connection?.type
  const onConnection = (): void => {
    // It also tells every new estimate of the speed.
    if (connection?.type === type) return
    type = connection?.type
    changed()
  }
  let beat = Date.now()
  const onBeat = (): void => {
    const now = Date.now()
    const slept = now - beat > ASLEEP_MS
    beat = now
    if (slept) changed()
  }
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') onBeat()
  }
  const beats = setInterval(onBeat, BEAT_MS)
  window.addEventListener('online', changed)
  document.addEventListener('visibilitychange', onVisible)
  connection?.addEventListener('change', onConnection)
  return () => {
    clearInterval(beats)
    window.removeEventListener('online', changed)
    document.removeEventListener('visibilitychange', onVisible)
    connection?.removeEventListener('change', onConnection)
  }
}
