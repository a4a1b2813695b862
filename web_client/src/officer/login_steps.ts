/** What comes after the password of a log-in, by the refusal of the step before. Pure. */
import { isRefusal, Problem } from '@/shared/problem'

export const STEPS = {
  second_factor_needed: 'code',
  new_password_needed: 'password',
  enrolment_needed: 'enrolment',
} as const

export type StepName = (typeof STEPS)[keyof typeof STEPS]

export interface Step {
  readonly name: StepName
  /** What the step is asked with; good for some minutes. */
  readonly challenge: string
}

/** Which step a refusal asks for; none of every other one. */
export function stepOf(error: unknown): Step | null {
  if (!(error instanceof Problem) || error.challenge === null) return null
  const found = Object.entries(STEPS).find(([code]) => code === error.code)
  return found === undefined ? null : { name: found[1], challenge: error.challenge }
}

/** Whether the steps have to begin anew: too much time went by. */
export function isTooLate(error: unknown): boolean {
  return isRefusal(error) && error.code === 'log_in_again'
}

/** As the server counts them (cases/people/passwords.py), which says more of a password than its length. */
export const PASSWORD_MIN_CHARS = 10

export type NewPasswordFault = 'tooShort' | 'notTheSame'

/** What can be said of a new password before it is sent. */
export function newPasswordFault(password: string, again: string): NewPasswordFault | null {
  if (Array.from(password.normalize('NFKC')).length < PASSWORD_MIN_CHARS) return 'tooShort'
  return password === again ? null : 'notTheSame'
}
