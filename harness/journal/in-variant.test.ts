import { eventIn } from './in-variant';

const at = 1;

it('the ids of cells and attempts begin with the name of the variant', () => {
  expect(eventIn('two', { type: 'cell-began', at, cell: '0/register/aes', round: 1 })).toEqual({
    type: 'cell-began',
    at,
    cell: 'two/0/register/aes',
    round: 1,
  });
  const flow = {
    attempt: '0/register/aes/1-udp:5060',
    at,
    protocol: 'udp' as const,
    local: { ip: '10.89.0.2', port: 1 },
    remote: { ip: '198.19.0.10', port: 5060 },
  };
  expect(eventIn('two', { type: 'flow', at, flow })).toMatchObject({
    flow: { attempt: 'two/0/register/aes/1-udp:5060' },
  });
});

it('what went wrong is said of the variant', () => {
  expect(eventIn('two', { type: 'warning', at, code: 'X', text: 'it broke' })).toMatchObject({
    text: 'two: it broke',
  });
});
