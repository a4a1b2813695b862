/** A case for tests: approved and booked. */
import type { CaseSummary } from './caseState'

const NAME = { zh: '香洲区', en: 'Xiangzhou' }
const HALL = { hall_id: 'xiangzhou', name: NAME, region: NAME, time_zone: 'Asia/Shanghai' }

export function sampleCase(change: Partial<CaseSummary> = {}): CaseSummary {
  return {
    case_id: 'c1',
    number: '2026112000038',
    mode: 'assist',
    topic_id: 'T24',
    topic: { zh: '车船税退抵税', en: 'Refund' },
    hall: HALL,
    form: 'submitted',
    review: 'approved',
    booking: 'booked',
    handling: 'not_due',
    payment: 'none',
    booked: {
      booking_id: 'b1',
      hall: HALL,
      slot_start_ms: 3_000,
      slot_end_ms: 5_000,
      window_opens_ms: 1_000,
      window_closes_ms: 5_000,
    },
    resubmit_by_ms: null,
    edit_by_ms: null,
    promised_by_ms: null,
    payment_by_ms: null,
    rebook_by_ms: null,
    ticket_id: null,
    opened_at_ms: 0,
    closed_at_ms: null,
    close_reason: null,
    version: 1,
    actions: ['cancel_booking'],
    unread: 0,
    taxpayer_name: null,
    review_lease: null,
    worker: null,
    ...change,
  }
}
