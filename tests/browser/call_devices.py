"""Microphones and cameras that go away, are held or refused, as a browser reports it to a page."""

from typing import Final

# Devices named in window.__gone are neither listed nor opened, those in window.__held are listed but refuse
# to open, and window.__denied is what a person refused: the three errors that getUserMedia has for that.
FAULTS: Final = """
window.__gone = []; window.__held = []; window.__denied = []
window.__tracks = []
const media = navigator.mediaDevices
const listAll = media.enumerateDevices.bind(media)
const openAll = media.getUserMedia.bind(media)
const KINDS = {audio: 'audioinput', video: 'videoinput'}
media.enumerateDevices = async () => (await listAll()).filter((d) => !window.__gone.includes(d.label))
media.getUserMedia = async (constraints) => {
  const all = await listAll()
  for (const kind of ['audio', 'video']) {
    if (!constraints[kind]) continue
    if (window.__denied.includes(kind)) throw new DOMException('Permission denied', 'NotAllowedError')
    const there = all.filter((d) => d.kind === KINDS[kind] && !window.__gone.includes(d.label))
    if (there.length === 0) throw new DOMException('Requested device not found', 'NotFoundError')
    const exact = constraints[kind].deviceId?.exact
    const wanted = exact === undefined ? there[0] : there.find((d) => d.deviceId === exact)
    if (wanted === undefined) throw new DOMException('', 'OverconstrainedError')
    if (window.__held.includes(wanted.label)) throw new DOMException('Not started', 'NotReadableError')
    if (exact === undefined && constraints[kind].deviceId === undefined) {
      constraints = {...constraints, [kind]: {...constraints[kind], deviceId: {exact: wanted.deviceId}}}
    }
  }
  const stream = await openAll(constraints)
  window.__tracks.push(...stream.getTracks())
  return stream
}
const query = navigator.permissions.query.bind(navigator.permissions)
navigator.permissions.query = async (asked) => {
  const kind = {camera: 'video', microphone: 'audio'}[asked.name]
  return kind && window.__denied.includes(kind) ? {state: 'denied'} : query(asked)
}
// What a browser does when a device is pulled out: its tracks end, then the list is said to have changed.
window.__unplug = (label) => {
  window.__gone.push(label)
  for (const track of window.__tracks) {
    if (track.label !== label || track.readyState === 'ended') continue
    track.stop()
    track.dispatchEvent(new Event('ended'))
  }
  media.dispatchEvent(new Event('devicechange'))
}
window.__plugIn = (label) => {
  window.__gone = window.__gone.filter((gone) => gone !== label)
  media.dispatchEvent(new Event('devicechange'))
}
"""
