import { readonly, ref } from 'vue'

import { rememberDevice, rememberedDevices } from '../device_choice'

const chosen = ref(rememberedDevices().speaker)

/** The speaker that calls are heard from; none is the system's own. */
export const speakerId = readonly(chosen)

/** Hears calls from that speaker, now and later, on this device. */
export function chooseSpeaker(id: string): void {
  chosen.value = id
  rememberDevice('speaker', id)
}
