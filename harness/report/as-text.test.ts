import { asText } from './as-text';

test('every text in it is one line, whatever it stands in; the rest is as it was', () => {
  expect(asText({ a: ['b\nc', { d: 'e\u001b[2Jf' }], g: 1, h: null, i: true, j: undefined })).toEqual({
    a: ['b c', { d: 'e [2Jf' }],
    g: 1,
    h: null,
    i: true,
    j: undefined,
  });
});
