import { deviceProblemOf, facingOf, nextCamera, type CameraChoice } from './decisions'
import { NO_OPTIONS, optionsOf, rememberDevice, rememberedDevices, type DeviceOption, type DeviceOptions } from './device_choice'
import type { DeviceNotice, DeviceProblem, DevicesChosen, Facing } from './types'

export type TrackKind = 'audio' | 'video'

const PICTURE = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 24, max: 30 },
} satisfies MediaTrackConstraints

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } satisfies MediaTrackConstraints

/** As much of a screen as is read on another one; its sound stays here. */
const SCREEN = {
  video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 15 } },
  audio: false,
} satisfies DisplayMediaStreamOptions

/** The `contentHint` by which the track of a screen is known. */
export const SCREEN_HINT = 'detail'

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
  #screen: MediaStreamTrack | null = null
  #stream: MediaStream | null = null
  #problems: Record<TrackKind, DeviceProblem | null> = { audio: null, video: null }
  #options: DeviceOptions = NO_OPTIONS
  #notice: DeviceNotice | null = null
  #watching = false
  #wanted: DevicesChosen = { microphone: false, camera: false, facing: 'user', screen: false }
  #epoch = 0
  #tail: Promise<unknown> = Promise.resolve()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get stream(): MediaStream | null {
    return this.#stream
  }

  /** Why a wanted device is missing. */
  problem(kind: TrackKind): DeviceProblem | null {
    return this.#problems[kind]
  }

  /** The last change that nobody on this page asked for. */
  get notice(): DeviceNotice | null {
    return this.#notice
  }

  get options(): DeviceOptions {
    return this.#options
  }

  /** True while the system gives nothing of an open device: a phone call took it, or a switch on the device. */
  interrupted(kind: TrackKind): boolean {
    return this.track(kind)?.muted ?? false
  }

  /** The id of the device in use; none where it is not open, or the browser does not tell. */
  deviceId(kind: TrackKind): string | null {
    return this.track(kind)?.getSettings().deviceId ?? null
  }

  /** What is sent now. */
  get sending(): DevicesChosen {
    return {
      microphone: this.#audio?.enabled ?? false,
      camera: this.#video?.enabled ?? false,
      facing: this.#video === null ? 'unknown' : facingOf(this.#video.getSettings()),
      screen: this.#screen !== null,
    }
  }

  track(kind: TrackKind): MediaStreamTrack | null {
    return kind === 'audio' ? this.#audio : this.#video
  }

  /** What is sent of this kind: a shared screen goes in the camera's place. */
  sent(kind: TrackKind): MediaStreamTrack | null {
    return kind === 'video' ? (this.#screen ?? this.#video) : this.#audio
  }

  /**
   * Asks which screen or window to share. Nothing happens where the person changes their mind; throws DeviceError where
   * the system refuses. Everything else goes on while the question is open.
   */
  async shareScreen(): Promise<void> {
    if (this.#screen !== null) return
    const epoch = this.#epoch
    const track = await openScreen()
    if (track === null) return
    if (epoch !== this.#epoch || this.sending.screen) {
      track.stop()
      return
    }
    track.contentHint = SCREEN_HINT
    // The browser has a bar of its own to end it.
    track.addEventListener('ended', () => {
      if (this.#screen === track) this.stopScreen()
    }, { once: true })
    this.#screen = track
    this.#onChange()
  }

  /** Back to the camera. */
  stopScreen(): void {
    if (this.#screen === null) return
    this.#screen.stop()
    this.#screen = null
    this.#onChange()
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

  /**
   * Goes to that device, and remembers it. It stays muted if the old one was. Throws DeviceError where it cannot be
   * opened; the old one is then back, if it can be, and remembered.
   */
  async choose(kind: TrackKind, deviceId: string): Promise<void> {
    await this.#inTurn((epoch) => this.#choose(kind, deviceId, epoch))
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
    await this.#list(epoch)
    this.#watch(epoch)
    this.#changed(epoch)
  }

  async #choose(kind: TrackKind, deviceId: string, epoch: number): Promise<void> {
    const old = this.track(kind)
    const before = old?.getSettings().deviceId
    const remembered = kind === 'audio' ? 'microphone' : 'camera'
    const wanted = kind === 'audio' ? this.#wanted.microphone : this.#wanted.camera
    if (before !== deviceId && (old !== null || wanted)) {
      const one = { deviceId: { exact: deviceId } }
      try {
        this.#adopt(await replacing(kind, one, old), epoch, old?.enabled ?? wanted)
        this.#problems[kind] = null
      } catch (error) {
        if (old?.readyState === 'ended') await this.#reopen(kind, before, epoch, old.enabled)
        throw error
      } finally {
        this.#changed(epoch)
      }
    }
    rememberDevice(remembered, deviceId)
  }

  async #switchCamera(epoch: number): Promise<void> {
    await this.#list(epoch)
    const old = this.#video
    if (old === null) return
    const settings = old.getSettings()
    const choice = nextCamera(this.#options.cameras.map(({ id }) => id), settings.deviceId, facingOf(settings))
    if (choice === null) return
    // A phone opens one camera at a time: its old one has to go first. On a desktop it stays until the new one is there.
    if (choice.by === 'facing') old.stop()
    const { enabled } = old
    try {
      this.#adopt(await oneTrack({ video: constraintsOf(choice) }), epoch, enabled)
      old.stop()
      if (choice.by === 'device') rememberDevice('camera', choice.deviceId)
    } catch (error) {
      if (choice.by === 'facing') await this.#reopen('video', settings.deviceId, epoch, enabled)
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
    this.#screen?.stop()
    this.#screen = null
    this.#audio = null
    this.#video = null
    this.#stream = null
    this.#problems = { audio: null, video: null }
    this.#notice = null
    this.#unwatch()
    this.#onChange()
  }

  async #acquire(sound: boolean, picture: boolean, facing: Facing, epoch: number): Promise<void> {
    if (sound) this.#problems.audio = null
    if (picture) this.#problems.video = null
    await this.#list(epoch)
    const first = this.#constraints(facing, true)
    try {
      const tracks = await openTracks({ ...(sound && first.audio), ...(picture && first.video) })
      for (const track of tracks) this.#adopt(track, epoch, true)
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      if (error.problem === 'denied' && !(sound && picture)) {
        this.#noteProblem(sound ? 'audio' : 'video', 'denied', epoch)
        return
      }
      // Asked for together, one missing or refused device takes the other with it: ask for each by itself.
      if (sound) await this.#acquireOne('audio', facing, epoch)
      if (picture) await this.#acquireOne('video', facing, epoch)
    }
  }

  /** The chosen device, and where that does not open, whichever does. */
  async #acquireOne(kind: TrackKind, facing: Facing, epoch: number): Promise<void> {
    const ways = [this.#constraints(facing, true)[kind], this.#constraints(facing, false)[kind]]
    for (const way of ways) {
      if (!(await mayAskFor(kind === 'audio' ? 'microphone' : 'camera'))) {
        this.#noteProblem(kind, 'denied', epoch)
        return
      }
      try {
        this.#adopt(await oneTrack(way), epoch, true)
        this.#noteProblem(kind, null, epoch)
        return
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error
        this.#noteProblem(kind, error.problem, epoch)
        if (error.problem === 'denied') return
      }
    }
  }

  #constraints(facing: Facing, chosenFirst: boolean): Record<TrackKind, MediaStreamConstraints> {
    const { microphone, camera } = rememberedDevices()
    const { microphones, cameras } = this.#options
    const audio = chosenFirst ? preferring(microphone, microphones) : {}
    // A direction that was asked for goes before a camera that was chosen once.
    const chosen = chosenFirst && facing !== 'environment' ? preferring(camera, cameras) : {}
    const toward = { facingMode: { ideal: facing === 'environment' ? 'environment' : 'user' } }
    const video = chosen.deviceId === undefined ? toward : chosen
    return { audio: only('audio', audio), video: only('video', video) }
  }

  async #reopen(kind: TrackKind, deviceId: string | undefined, epoch: number, enabled: boolean): Promise<void> {
    if (kind === 'audio') this.#audio = null
    else this.#video = null
    try {
      const by = deviceId === undefined ? {} : { deviceId: { exact: deviceId } }
      this.#adopt(await oneTrack(only(kind, by)), epoch, enabled)
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error
      this.#noteProblem(kind, error.problem, epoch)
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
    for (const event of ['mute', 'unmute'] as const) {
      track.addEventListener(event, () => {
        if (this.#audio === track || this.#video === track) this.#changed(this.#epoch)
      })
    }
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
    if (epoch !== this.#epoch) return
    const instead = this.track(kind)
    this.#tell(kind, instead === null ? 'lost' : 'replaced', instead?.label ?? '')
  }

  #tell(kind: TrackKind, what: DeviceNotice['what'], label: string): void {
    const device = kind === 'audio' ? 'microphone' : 'camera'
    this.#notice = { device, what, label, serial: (this.#notice?.serial ?? 0) + 1 }
    this.#onChange()
  }

  #noteProblem(kind: TrackKind, problem: DeviceProblem | null, epoch: number): void {
    if (epoch === this.#epoch) this.#problems[kind] = problem
  }

  async #list(epoch: number): Promise<void> {
    const options = await listDevices()
    if (epoch === this.#epoch) this.#options = options
  }

  #watch(epoch: number): void {
    if (this.#watching || epoch !== this.#epoch) return
    this.#watching = true
    mediaDevices()?.addEventListener('devicechange', this.#onDeviceChange)
  }

  #unwatch(): void {
    this.#watching = false
    mediaDevices()?.removeEventListener('devicechange', this.#onDeviceChange)
  }

  /** Something was plugged in or out. What was wanted and missing is tried again where there is more than before. */
  readonly #onDeviceChange = (): void => {
    void this.#inTurn(async (epoch) => {
      const { microphones, cameras } = this.#options
      await this.#list(epoch)
      const sound = this.#isMissed('audio') && this.#options.microphones.length > microphones.length
      const picture = this.#isMissed('video') && this.#options.cameras.length > cameras.length
      if (sound || picture) await this.#acquire(sound, picture, this.#wanted.facing, epoch)
      this.#changed(epoch)
      if (epoch !== this.#epoch) return
      for (const [kind, tried] of [['audio', sound], ['video', picture]] as const) {
        const track = this.track(kind)
        if (tried && track !== null) this.#tell(kind, 'back', track.label)
      }
    })
  }

  /** Wanted, not there, and not because the person refused it. */
  #isMissed(kind: TrackKind): boolean {
    const wanted = kind === 'audio' ? this.#wanted.microphone : this.#wanted.camera
    return wanted && this.track(kind) === null && this.#problems[kind] !== 'denied'
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

/** Constraints for one track of this kind. */
function only(kind: TrackKind, by: MediaTrackConstraints): MediaStreamConstraints {
  return kind === 'audio' ? { audio: { ...SOUND, ...by } } : { video: { ...PICTURE, ...by } }
}

/**
 * `ideal` alone is too weak: browsers weigh it against the picture's size, and take another camera that is larger. But a
 * device that may not be there must not be the only one that is asked for.
 */
function preferring(deviceId: string | null, listed: readonly DeviceOption[]): MediaTrackConstraints {
  if (deviceId === null) return {}
  return { deviceId: listed.some(({ id }) => id === deviceId) ? { exact: deviceId } : { ideal: deviceId } }
}

/**
 * Opens another device in the place of `old`, which ends. Where the new one is held, the old one goes first: a phone
 * opens one camera at a time. Throws DeviceError; `old` may have ended then.
 */
async function replacing(
  kind: TrackKind,
  by: MediaTrackConstraints,
  old: MediaStreamTrack | null,
): Promise<MediaStreamTrack> {
  try {
    const track = await oneTrack(only(kind, by))
    old?.stop()
    return track
  } catch (error) {
    if (old === null || !(error instanceof DeviceError) || error.problem !== 'in_use') throw error
    old.stop()
    return oneTrack(only(kind, by))
  }
}

/** Opens tracks. Throws DeviceError, also where the page is not served securely and has no devices at all. */
async function openTracks(constraints: MediaStreamConstraints): Promise<MediaStreamTrack[]> {
  const media = mediaDevices()
  if (media === null) throw new DeviceError('denied', null)
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

/** False on phones, and in older browsers. */
export function canShareScreen(): boolean {
  return typeof mediaDevices()?.getDisplayMedia === 'function'
}

/** The screen or window that the person chose; none where they changed their mind. Throws DeviceError. */
async function openScreen(): Promise<MediaStreamTrack | null> {
  const media = mediaDevices()
  if (media === null || !canShareScreen()) throw new DeviceError('none', null)
  try {
    return (await media.getDisplayMedia(SCREEN)).getVideoTracks()[0] ?? null
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    if (error.name === 'NotAllowedError' || error.name === 'AbortError') return null
    throw new DeviceError(deviceProblemOf(error.name), error)
  }
}

/** Typed as always there, but absent on a page that came over plain http from another machine. */
function mediaDevices(): MediaDevices | null {
  const media = navigator.mediaDevices as MediaDevices | undefined
  return media ?? null
}

/** What there is to choose from; nothing where the browser does not list devices. */
export async function listDevices(): Promise<DeviceOptions> {
  const media = mediaDevices()
  return media === null ? NO_OPTIONS : optionsOf(await media.enumerateDevices())
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
