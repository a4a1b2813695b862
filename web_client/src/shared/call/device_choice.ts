/** Which microphone, camera and speaker a person chose, and what there is to choose from. Pure but for the storage. */

export type DeviceKind = 'microphone' | 'camera' | 'speaker'

/** One device as the browser lists it; `label` is empty where the browser does not tell names yet. */
export interface DeviceOption {
  readonly id: string
  readonly label: string
}

export interface DeviceOptions {
  readonly microphones: readonly DeviceOption[]
  readonly cameras: readonly DeviceOption[]
  readonly speakers: readonly DeviceOption[]
}

export type PreferredDevices = Readonly<Record<DeviceKind, string | null>>

/** Whose settings have to be changed for a permission that was refused. */
export type Surroundings = 'wechat' | 'ios' | 'android' | 'desktop'

export const NO_OPTIONS: DeviceOptions = { microphones: [], cameras: [], speakers: [] }
export const NO_PREFERENCE: PreferredDevices = { microphone: null, camera: null, speaker: null }

const KEY = 'shuitong.chosen-devices'
/** Chromium lists the system's choice once more under these names. */
const ALIASES: readonly string[] = ['default', 'communications']
/** Browsers use up to 64 characters; nothing longer was written by this page. */
const MAX_ID_CHARS = 256

type Listed = Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>

/** What can be chosen, from the browser's list: a device once, and none without an id. */
export function optionsOf(devices: readonly Listed[]): DeviceOptions {
  const of = (kind: MediaDeviceKind): DeviceOption[] => {
    const all = devices.filter((device) => device.kind === kind && device.deviceId !== '')
    const real = all.filter((device) => !ALIASES.includes(device.deviceId))
    return (real.length > 0 ? real : all).map((device) => ({ id: device.deviceId, label: device.label }))
  }
  return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') }
}

/** The options of one kind. */
export function optionsFor(options: DeviceOptions, kind: DeviceKind): readonly DeviceOption[] {
  return kind === 'microphone' ? options.microphones : kind === 'camera' ? options.cameras : options.speakers
}

/** A kept choice, read back; whatever is not one is no choice. */
export function preferenceFrom(kept: string | null): PreferredDevices {
  let read: unknown
  try {
    read = JSON.parse(kept ?? '')
  } catch (error) {
    if (error instanceof SyntaxError) return NO_PREFERENCE
    throw error
  }
  if (typeof read !== 'object' || read === null) return NO_PREFERENCE
  const found = read as Partial<Record<DeviceKind, unknown>>
  const id = (kind: DeviceKind): string | null => {
    const value = found[kind]
    return typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARS ? value : null
  }
  return { microphone: id('microphone'), camera: id('camera'), speaker: id('speaker') }
}

/** Where this page runs, from the browser's own words about itself. */
export function surroundingsOf(userAgent: string, touchPoints: number): Surroundings {
  if (/MicroMessenger/i.test(userAgent)) return 'wechat'
  // An iPad says that it is a Mac; a Mac has no touch screen.
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return 'ios'
  return /Android|HarmonyOS|OpenHarmony/.test(userAgent) ? 'android' : 'desktop'
}

export function rememberedDevices(): PreferredDevices {
  return preferenceFrom(localStorage.getItem(KEY))
}

/** Keeps the choice of one device in this browser; the others stay as they were. */
export function rememberDevice(kind: DeviceKind, id: string): void {
  localStorage.setItem(KEY, JSON.stringify({ ...rememberedDevices(), [kind]: id }))
}
