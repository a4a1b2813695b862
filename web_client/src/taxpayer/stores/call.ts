import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { CallEngine } from '@/shared/call/engine'
import { socketTransport } from '@/shared/call/transport'
import type { CallSnapshot, DevicesChosen } from '@/shared/call/types'

import { socket } from '../socket'

const JOINED_KEY = 'shuitong.joined'
const DEVICES_KEY = 'shuitong.devices'

const engine = new CallEngine(socketTransport(socket))

function rememberedDevices(): DevicesChosen {
  const kept = localStorage.getItem(DEVICES_KEY) ?? ''
  return { microphone: !kept.includes('no-microphone'), camera: !kept.includes('no-camera'), facing: 'user' }
}

/** The video call of this page: the engine's snapshot, and which call this browser has joined. */
export const useCall = defineStore('call', () => {
  const snapshot = shallowRef<CallSnapshot>(engine.snapshot)
  /** In the browser's tab, so that it outlives a reload: that call is joined again without a question. */
  const joinedCallId = ref(sessionStorage.getItem(JOINED_KEY))
  const devices = ref(rememberedDevices())
  const leftCallIds = ref<ReadonlySet<string>>(new Set())

  engine.subscribe((next) => {
    snapshot.value = next
    if (next.call !== null && next.call.call_id !== joinedCallId.value) remember(next.call.call_id)
  })

  const active = computed(() => snapshot.value.phase !== 'idle' && snapshot.value.phase !== 'ended')

  function remember(callId: string): void {
    joinedCallId.value = callId
    sessionStorage.setItem(JOINED_KEY, callId)
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

  async function join(ticketId: string): Promise<void> {
    await engine.start(ticketId, devices.value)
  }

  async function setMicrophone(on: boolean): Promise<void> {
    chooseDevices({ ...devices.value, microphone: on })
    await engine.setMicrophone(on)
  }

  async function setCamera(on: boolean): Promise<void> {
    chooseDevices({ ...devices.value, camera: on })
    await engine.setCamera(on)
  }

  async function hangUp(): Promise<void> {
    const callId = snapshot.value.call?.call_id
    if (callId !== undefined) leftCallIds.value = new Set([...leftCallIds.value, callId])
    await engine.hangUp()
  }

  return {
    snapshot,
    active,
    joinedCallId,
    devices,
    knows,
    hasLeft,
    remember,
    chooseDevices,
    prepare,
    join,
    setMicrophone,
    setCamera,
    switchCamera: () => engine.switchCamera(),
    hangUp,
    stop: () => engine.stop(),
    applyCall: engine.applyCall.bind(engine),
    moved: engine.moved.bind(engine),
    applyOffer: engine.applyOffer.bind(engine),
    socketBack: () => engine.socketBack(),
  }
})
