import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { CallEngine } from '@/shared/call/engine'
import { socketTransport } from '@/shared/call/transport'
import type { CallSnapshot, DevicesChosen } from '@/shared/call/types'

import { placeOf, placeOfCall } from '../callPlace'
import { socket } from '../socket'

const JOINED_KEY = 'shuitong.joined'
const DEVICES_KEY = 'shuitong.devices'

const engine = new CallEngine(socketTransport(socket))

function rememberedDevices(): DevicesChosen {
  const kept = localStorage.getItem(DEVICES_KEY) ?? ''
  return { microphone: !kept.includes('no-microphone'), camera: !kept.includes('no-camera'), facing: 'user', screen: false }
}

/** The video call of this page: the engine's snapshot, and which call this browser has joined. */
export const useCall = defineStore('call', () => {
  const snapshot = shallowRef<CallSnapshot>(engine.snapshot)
  /** In the browser, so that it outlives a reload and the tab: that call is joined again without a question. */
  const joinedCallId = ref(localStorage.getItem(JOINED_KEY))
  const devices = ref(rememberedDevices())
  const leftCallIds = ref<ReadonlySet<string>>(new Set())

  engine.subscribe((next) => {
    snapshot.value = next
    if (next.call !== null && next.call.call_id !== joinedCallId.value) remember(next.call.call_id)
  })

  /** What the call is of, by the word of `callPlace.ts`. */
  const place = computed(() => placeOfCall(snapshot.value))
  const active = computed(() => snapshot.value.phase !== 'idle' && snapshot.value.phase !== 'ended')

  function remember(callId: string): void {
    joinedCallId.value = callId
    localStorage.setItem(JOINED_KEY, callId)
  }

  /** Neither new nor an invitation: this page is in it, or hung it up. */
  function knows(callId: string): boolean {
    return callId === joinedCallId.value || leftCallIds.value.has(callId)
  }

  function hasLeft(callId: string): boolean {
    return leftCallIds.value.has(callId)
  }

  function chooseDevices(chosen: DevicesChosen): void {
    devices.value = chosen
    const kept = [chosen.microphone ? '' : 'no-microphone', chosen.camera ? '' : 'no-camera']
    localStorage.setItem(DEVICES_KEY, kept.filter(Boolean).join(' '))
  }

  /** Open the devices for the own picture, before joining. */
  async function prepare(): Promise<void> {
    await engine.prepare(devices.value)
  }

  /** Open both, whatever was muted last: for trying them. */
  async function prepareAll(): Promise<void> {
    await engine.prepare({ microphone: true, camera: true, facing: 'user', screen: false })
  }

  /** `word`: what the call is of, by `callPlace.ts`. */
  async function join(word: string): Promise<void> {
    const joined = placeOf(word)
    if (joined.kind === 'ticket') await engine.start(joined.ticketId, devices.value)
    else await engine.startOfCase(joined.caseId, devices.value)
  }

  async function setMicrophone(on: boolean): Promise<void> {
    chooseDevices({ ...devices.value, microphone: on })
    await engine.setMicrophone(on)
  }

  async function setCamera(on: boolean): Promise<void> {
    chooseDevices({ ...devices.value, camera: on })
    await engine.setCamera(on)
  }

  /** `joining`: the call of the page, for while the join is not answered yet. */
  async function hangUp(joining: string | null): Promise<void> {
    const callId = snapshot.value.call?.call_id ?? joining
    if (callId !== null) leftCallIds.value = new Set([...leftCallIds.value, callId])
    await engine.hangUp(joining)
  }

  return {
    snapshot,
    place,
    active,
    joinedCallId,
    devices,
    knows,
    hasLeft,
    remember,
    chooseDevices,
    prepare,
    prepareAll,
    join,
    setMicrophone,
    setCamera,
    switchCamera: () => engine.switchCamera(),
    shareScreen: () => engine.shareScreen(),
    stopScreen: () => engine.stopScreen(),
    chooseDevice: engine.chooseDevice.bind(engine),
    hangUp,
    stop: () => engine.stop(),
    applyCall: engine.applyCall.bind(engine),
    moved: engine.moved.bind(engine),
    applyOffer: engine.applyOffer.bind(engine),
    socketBack: () => engine.socketBack(),
  }
})
