import { firstEn } from '@/shared/i18n/first.en'
import type { Translation } from '@/shared/i18n/translator'

import type { loginZh } from './login.zh'

/** What the first page of all says, with what every page can say. */
export const loginEn: Translation<typeof loginZh> = {
  shared: firstEn,
  login: {
    title: 'Confirm your identity',
    lead: 'Enter your ID details, then pass the face check to sign in.',
    type: 'ID document',
    name: 'Name',
    number: 'ID number',
    length: '{count} characters',
    consent: 'I agree to a face photo check. ',
    consentDetails: 'Details',
    consentNeeded: 'Please tick the box first, then continue.',
    next: 'Next: face check',
    hall: 'No camera? Bring your ID to a tax service hall.',
    safe: 'Encrypted, and used for tax matters only',
    types: {
      id_cn: 'Resident identity card',
      prc_hkmo: 'Residence permit (Hong Kong, Macao)',
      prc_tw: 'Residence permit (Taiwan)',
      hkmo_pass: 'Mainland travel permit (Hong Kong, Macao)',
      tw_pass: 'Mainland travel permit (Taiwan)',
      passport: 'Foreign passport',
      fpr_new: 'Permanent residence card (new)',
      fpr_old: 'Permanent residence card (old)',
    },
    fault: {
      certificate_format: 'This number is not in the right format. Please compare it with your document.',
      certificate_length: 'This number is too long or too short. Please check for missing or extra characters.',
      certificate_birthday: 'The date of birth in this number does not exist. Please check for a typing error.',
      certificate_checksum: 'The last character does not match the rest. Please check for a typing error.',
      name_invalid: 'Please enter the name exactly as on your document.',
      name_empty: 'Please enter your name.',
      number_empty: 'Please enter your ID number.',
    },
    right: 'Filled in correctly',
    details: {
      title: 'How the face photo is used',
      body: 'The photo taken at sign-in is only compared with your ID and is not kept. If you do not agree, bring your ID to a tax service hall instead; your rights stay the same.',
      close: 'Got it',
    },
    face: {
      title: 'Face check',
      lead: 'One more step, {name}.',
      development: 'Development check',
      note: 'No face check is connected here: the button below counts as passed. For development and demonstrations only; a real service does not have this step.',
      pass: 'Pass and sign in',
      back: 'Back to my details',
    },
    ended: {
      signed_out: 'You have signed out.',
      expired: 'Your session has expired. Please sign in again. Nothing was lost.',
    },
  },
}
