import { deviceProblemOf, facingOf, nextCamera, type CameraChoice } from './decisions'
import type { DeviceProblem, DevicesChosen, Facing } from './types'

export type TrackKind = 'audio' | 'video'

const PICTURE = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 24, max: 30 },
} satisfies MediaTrackConstraints

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } satisfies MediaTrackConstraints

/** Thrown for a device that could not be opened; `problem` says why. */
export class DeviceError extends Error {
  readonly problem: DeviceProblem

  constructor(problem: DeviceProblem, cause: unknown) {
    super(`device: ${problem}`, { cause })
    this.name = 'DeviceError'
    this.problem = problem
  }
}

/**
 * The microphone and the camera of this page: at most one track of each, opened when first wanted.
 *
 * `onChange` is called after every change, also one from outside (unplugged, taken by another program).
 */
export class LocalDevices {
  #audio: MediaStreamTrack | null = null
  #video: MediaStreamTrack | null = null
  #stream: MediaStream | null = null
  #problem: DeviceProblem | null = null
  #cameraIds: readonly string[] = []
  #wanted: DevicesChosen = { microphone: false, camera: false, facing: 'user' }
  #epoch = 0
  #tail: Promise<unknown> = Promise.resolve()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get stream(): MediaStream | null {
    return this.#stream
  }

  get problem(): DeviceProblem | null {
    return this.#problem
  }

  get cameras(): number {
    return this.#cameraIds.length
  }

  /** What is sent now. */
  get sending(): DevicesChosen {
    return {
      microphone: this.#audio?.enabled ?? false,
      camera: this.#video?.enabled ?? false,
      facing: this.#video === null ? 'unknown' : facingOf(this.#video.getSettings()),
    }
  }

  track(kind: TrackKind): MediaStreamTrack | null {
    return kind === 'audio' ? this.#audio : this.#video
  }

  /**
   * Opens what `choice` asks for, and mutes what it does not. Never throws for a device: what could not be opened
   * is missing, and `problem` says why.
   */
  async open(choice: DevicesChosen): Promise<void> {
    await this.#inTurn((epoch) => this.#open(choice, epoch))
  }

  /** Mutes, or opens and unmutes. A muted camera goes on sending: black pictures, or silence. */
  async set(kind: TrackKind, on: boolean): Promise<void> {
    await this.#inTurn((epoch) => {
      const change = kind === 'audio' ? { microphone: on } : { camera: on }
      return this.#open({ ...this.#wanted, ...change }, epoch)
    })
  }

  /**
   * Goes to the next camera. The picture stays muted if it was. Throws DeviceError where the other one cannot be
   * opened; the old one is then back, if it can be.
   */
  async switchCamera(): Promise<void> {
    await this.#inTurn((epoch) => this.#switchCamera(epoch))
  }

  /** One change after the other; one that was asked for before `close` is dropped. */
  #inTurn(change: (epoch: number) => Promise<void>): Promise<void> {
    const epoch = this.#epoch
    const turn = this.#tail.then(async () => {
      if (epoch === this.#epoch) await change(epoch)
    })
    // The caller hears of the error; the next change comes all the same.
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  async #open(choice: DevicesChosen, epoch: number): Promise<void> {
    this.#wanted = choice
    if (this.#audio !== null) this.#audio.enabled = choice.microphone
    if (this.#video !== null) this.#video.enabled = choice.camera
    const sound = choice.microphone && this.#audio === null
    const picture = choice.camera && this.#video === null
    if (sound || picture) await this.#acquire(sound, picture, choice.facing, epoch)
    await this.#countCameras(epoch)
    this.#changed(epoch)
  }

  async #switchCamera(epoch: number): Promise<void> {
    await this.#countCameras(epoch)
    const old = this.#video
    if (old === null) return
    const settings = old.getSettings()
    const choice = nextCamera(this.#cameraIds, settings.deviceId, facingOf(settings))
    if (choice === null) return
    // A phone opens one camera at a time: its old one has to go first. On a desktop it stays until the new one is there.
    if (choice.by === 'facing') old.stop()
    const { enabled } = old
    try {
      this.#adopt(await oneTrack({ video: constraintsOf(choice) }), epoch, enabled)
      old.stop()
    } catch (error) {
      if (choice.by === 'facing') await this.#reopen(settings.deviceId, epoch, enabled)
      throw error
    } finally {
      this.#changed(epoch)
    }
  }

  /** Gives all devices back; the lamps go out. */
  close(): void {
    this.#epoch += 1
    this.#audio?.stop()
    this.#video?.stop()
    this.#audio = null
    this.#video = null
    this.#stream = null
    this.#problem = null
    this.#onChange()
  }

  async #acquire(sound: boolean, picture: boolean, facing: Facing, epoch: number): Promise<void> {
    this.#problem = null
    const video = { ...PICTURE, facingMode: { ideal: facing === 'environment' ? 'environment' : 'user' } }
    try {
      const tracks = await openTracks({ ...(sound && { audio: SOUND }), ...(picture && { video }) })
      for (const track of tracks) this.#adopt(track, epoch, true)
      return
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      this.#noteProblem(error, epoch)
      if (!(sound && picture)) return
    }
    // Asked for together, one missing or refused device takes the other with it: ask for each by itself.
    if (await mayAskFor('microphone')) await this.#acquireOne({ audio: SOUND }, epoch)
    if (await mayAskFor('camera')) await this.#acquireOne({ video }, epoch)
    if (epoch === this.#epoch && this.#audio !== null && this.#video !== null) this.#problem = null
  }

  async #acquireOne(constraints: MediaStreamConstraints, epoch: number): Promise<void> {
    try {
      this.#adopt(await oneTrack(constraints), epoch, true)
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      this.#noteProblem(error, epoch)
    }
  }

  async #reopen(deviceId: string | undefined, epoch: number, enabled: boolean): Promise<void> {
    this.#video = null
    try {
      const by = deviceId === undefined ? {} : { deviceId: { exact: deviceId } }
      this.#adopt(await oneTrack({ video: { ...PICTURE, ...by } }), epoch, enabled)
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      this.#noteProblem(error, epoch)
    }
  }

  #adopt(track: MediaStreamTrack, epoch: number, enabled: boolean): void {
    if (epoch !== this.#epoch) {
      // Closed while the browser was asking: nobody wants this track any more.
      track.stop()
      return
    }
    track.enabled = enabled
    track.addEventListener('ended', () => void this.#lost(track), { once: true })
    if (track.kind === 'audio') {
      track.contentHint = 'speech'
      this.#audio = track
    } else {
      this.#video = track
    }
  }

  /** A track ended by itself (unplugged, or taken away): one try to open another one. */
  async #lost(track: MediaStreamTrack): Promise<void> {
    const kind: TrackKind = track.kind === 'audio' ? 'audio' : 'video'
    if (this.track(kind) !== track) return
    const epoch = this.#epoch
    if (kind === 'audio') this.#audio = null
    else this.#video = null
    this.#changed(epoch)
    await this.open(this.#wanted)
  }

  #noteProblem(error: DeviceError, epoch: number): void {
    if (epoch === this.#epoch) this.#problem = error.problem
  }

  async #countCameras(epoch: number): Promise<void> {
    const ids = await cameraIds()
    if (epoch === this.#epoch) this.#cameraIds = ids
  }

  #changed(epoch: number): void {
    if (epoch !== this.#epoch) return
    const tracks = [this.#audio, this.#video].filter((track) => track !== null)
    const same =
      this.#stream !== null &&
      this.#stream.getTracks().length === tracks.length &&
      tracks.every((track) => this.#stream?.getTrackById(track.id) === track)
    // A new stream for new tracks: Safari shows a frozen picture when tracks change under a playing element.
    if (!same) this.#stream = tracks.length === 0 ? null : new MediaStream(tracks)
    this.#onChange()
  }
}

function constraintsOf(choice: CameraChoice): MediaTrackConstraints {
  if (choice.by === 'facing') return { ...PICTURE, facingMode: { ideal: choice.facing } }
  return { ...PICTURE, deviceId: { exact: choice.deviceId } }
}

/** Opens tracks. Throws DeviceError, also where the page is not served securely and has no devices at all. */
async function openTracks(constraints: MediaStreamConstraints): Promise<MediaStreamTrack[]> {
  // Typed as always there, but absent on a page that came over plain http from another machine.
  const media = navigator.mediaDevices as MediaDevices | undefined
  if (media === undefined) throw new DeviceError('denied', null)
  try {
    return (await media.getUserMedia(constraints)).getTracks()
  } catch (error) {
    if (error instanceof DOMException) throw new DeviceError(deviceProblemOf(error.name), error)
    throw error
  }
}

async function oneTrack(constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  const [track] = await openTracks(constraints)
  if (track === undefined) throw new DeviceError('none', null)
  return track
}

async function cameraIds(): Promise<string[]> {
  const media = navigator.mediaDevices as MediaDevices | undefined
  if (media === undefined) return []
  const devices = await media.enumerateDevices()
  return devices.filter((device) => device.kind === 'videoinput').map((device) => device.deviceId)
}

/** False where the person has already said no: asking again would only fail again. */
async function mayAskFor(device: 'microphone' | 'camera'): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: device })).state !== 'denied'
  } catch (error) {
    // Browsers that do not know these names throw a TypeError; then asking is the only way to know.
    if (error instanceof TypeError) return true
    throw error
  }
}
