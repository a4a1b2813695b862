import { describe, expect, it } from 'vitest'

import { problemFrom } from '@/shared/problem'

import { isTooLate, newPasswordFault, stepOf } from './login_steps'

function refused(code: string, challenge: string | null): unknown {
  return problemFrom({ code, detail: 'x', challenge })
}

describe('the steps of a log-in', () => {
  it.each([
    ['second_factor_needed', 'code'],
    ['new_password_needed', 'password'],
    ['enrolment_needed', 'enrolment'],
  ])('%s leads to %s', (code, name) => {
    expect(stepOf(refused(code, 'c'))).toEqual({ name, challenge: 'c' })
  })

  it('nothing follows from other refusals, nor from one that cannot be gone on with', () => {
    expect(stepOf(refused('password_wrong', 'c'))).toBeNull()
    expect(stepOf(refused('new_password_needed', null))).toBeNull()
    expect(stepOf(new Error('x'))).toBeNull()
  })

  it('begins anew when it took too long', () => {
    expect(isTooLate(refused('log_in_again', null))).toBe(true)
    expect(isTooLate(refused('code_wrong', null))).toBe(false)
  })

  it('tells of a password what can be told before it is sent', () => {
    expect(newPasswordFault('湖光秋月两相和', '湖光秋月两相和')).toBe('tooShort')
    expect(newPasswordFault('湖光秋月两相和 26', '湖光秋月两相和 27')).toBe('notTheSame')
    expect(newPasswordFault('湖光秋月两相和 26', '湖光秋月两相和 26')).toBeNull()
    // Wide letters are counted as what they stand for, a pair of surrogates as one.
    expect(newPasswordFault('😀'.repeat(9), '😀'.repeat(9))).toBe('tooShort')
  })
})
