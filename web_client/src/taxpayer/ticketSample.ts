import { UNKNOWN_QUALITY } from '@/shared/call/quality'

import type { LineChanged } from './linePlaces'
import type { TicketView } from './ticketOrder'

type CallView = NonNullable<TicketView['call']>

const CHINESE_AND_ENGLISH = { zh: '车辆税费咨询', en: 'Vehicle taxes' }

/** A waiting ticket for tests, changed where the test says so. */
export function sampleTicket(change: Partial<TicketView> = {}): TicketView {
  return {
    ticket_id: 't1',
    case_id: 'c1',
    case_number: '2026112300001',
    hall: {
      hall_id: 'xiangzhou',
      name: { zh: '香洲区税务局办税服务厅', en: 'Xiangzhou hall' },
      region: { zh: '珠海市 香洲区', en: 'Xiangzhou, Zhuhai' },
      time_zone: 'Asia/Shanghai',
    },
    line: { line_id: 'vehicle', letter: 'A', kind: 'consult', name: CHINESE_AND_ENGLISH },
    number: 'A001',
    state: 'waiting',
    version: 1,
    at_ms: 1_000,
    issued_at_ms: 1_000,
    ahead: 2,
    place: 3,
    wait: null,
    waiting: 3,
    call_number: 0,
    called_at_ms: null,
    deadline_ms: null,
    deadline_span_ms: null,
    activation_ms: 600_000,
    reactivations_left: 2,
    officer: null,
    counter: null,
    actions: ['cancel'],
    call: null,
    close_reason: null,
    ...change,
  }
}

/** A change of that ticket's line in which nobody moved. */
export function sampleChange(change: Partial<LineChanged> = {}): LineChanged {
  return {
    hall_id: 'xiangzhou',
    line_id: 'vehicle',
    from_version: 1,
    to_version: 2,
    at_ms: 2_000,
    waiting: 3,
    changes: [],
    pace: null,
    ...change,
  }
}

export function sampleCall(taxpayerState: CallView['legs'][0]['state'], callId = 'call1'): CallView {
  const quality = UNKNOWN_QUALITY
  const devices = { microphone: false, camera: false, facing: 'unknown', screen: false } as const
  return {
    call_id: callId,
    case_id: 'case1',
    ticket_id: 't1',
    state: 'connecting',
    at_ms: 1_000,
    created_at_ms: 1_000,
    connected_at_ms: null,
    ended_at_ms: null,
    end_reason: null,
    grace_until_ms: null,
    legs: [
      { name: 'taxpayer', state: taxpayerState, devices, quality },
      { name: 'officer', state: 'connected', devices, quality },
    ],
  }
}
