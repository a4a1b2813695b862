import { describe, expect, it } from 'vitest'

import { problemFrom } from './problem'

describe('a problem', () => {
  it('tells the sentence of a field', () => {
    const problem = problemFrom({
      code: 'certificate_refused',
      detail: '证件信息有误，请检查。',
      status: 422,
      fields: [{ field: 'name', code: 'name_invalid', detail: '姓名请与证件上的一致。' }],
    })
    expect(problem?.message).toBe('证件信息有误，请检查。')
    expect(problem?.forField('name')).toBe('姓名请与证件上的一致。')
    expect(problem?.forField('certificate_number')).toBeNull()
  })

  it.each([null, undefined, '<html>Bad Gateway</html>', {}, { code: 7, detail: 'x' }])('is not read from %o', (body) => {
    expect(problemFrom(body)).toBeNull()
  })
})
