import fc from 'fast-check';
import { formatProblem } from '../../../kit/yaml-file';
import { builtInBoxes } from '../../../nodes';
import { choices } from '../../../nodes/choices';
import { parseLabFile, type LabFile } from './lab-file';

function read(text: string): LabFile {
  const result = parseLabFile(text, 'nimsfw.yaml', '/home/me');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.value;
}

const boxesIn = (text: string) =>
  read(text).variants.map(({ name, boxes }) => [name, boxes.map((box) => `${box.kind} ${box.name}`)]);

test('a file without lists is one lab', () => {
  const { variants, measured } = read(`
ue: reference
turn: { command: ./turn.sh --verbose }
proxy: { name: mine, image: example/proxy:2, command: [proxy, -f] }
measure: { scenarios: [register, call], firewalls: [6, 8-9], suites: aes, backend: docker, catalogue: own.yaml }
`);
  expect(variants.map(({ name }) => name)).toEqual(['lab']);
  const [ue, turn, proxy] = variants[0]!.boxes;
  expect(ue).toBe(builtInBoxes.of('ue'));
  expect([turn!.kind, turn!.name, turn!.outside]).toEqual([
    'turn',
    'turn.sh',
    { from: 'command', command: './turn.sh --verbose', folder: '/home/me' },
  ]);
  expect([proxy!.kind, proxy!.name, proxy!.outside]).toEqual([
    'proxy',
    'mine',
    { from: 'image', reference: 'example/proxy:2', command: ['proxy', '-f'] },
  ]);
  expect(measured).toEqual({
    ...{ scenarios: ['register', 'call'], firewalls: '6,8-9', suites: ['aes'] },
    ...{ backend: 'docker', catalogue: 'own.yaml' },
  });
});

test('each box of a list is combined with each of every other list', () => {
  expect(
    boxesIn(`
turn: { image: vendor/turn@sha256:${'a'.repeat(64)}, name: vendor }
ue: [reference, { command: /opt/phone/run.sh }]
proxy:
  - squid
  - image: example.org:5000/proxy:2.1
`),
  ).toEqual([
    ['reference+squid', ['ue undefined', 'turn vendor', 'proxy squid']],
    [
      'reference+example.org-5000-proxy-2.1',
      ['ue undefined', 'turn vendor', 'proxy example.org:5000/proxy:2.1'],
    ],
    ['run.sh+squid', ['ue run.sh', 'turn vendor', 'proxy squid']],
    ['run.sh+example.org-5000-proxy-2.1', ['ue run.sh', 'turn vendor', 'proxy example.org:5000/proxy:2.1']],
  ]);
});

describe('what is wrong is named with line and path', () => {
  test.each([
    [
      'an empty file',
      '',
      'nimsfw.yaml:1: is empty (allowed: ue, pcscf, ims-core, turn, proxy, firewall, peer, dns, measure)',
    ],
    [
      'an unknown place',
      'ue: reference\npcsfc: kamailio',
      'nimsfw.yaml:2: pcsfc: is not known (did you mean pcscf?; allowed: ue, pcscf, ims-core, turn, proxy, firewall, peer, dns, measure)',
    ],
    [
      'an unknown key of a box',
      'turn:\n  image: a/b\n  comand: x',
      'nimsfw.yaml:3: turn.comand: is not known (did you mean command?; allowed: name, command, image, interface, level)',
    ],
    [
      'an unknown key of a box in a list',
      'turn:\n  - coturn\n  - { imagee: a/b }',
      'nimsfw.yaml:3: turn[1].imagee: is not known (did you mean image?; allowed: name, command, image, interface, level)',
    ],
    [
      'a place that is given twice',
      'ue: reference\nue: reference',
      'nimsfw.yaml:2: is not YAML: Map keys must be unique',
    ],
    [
      'two boxes for one place',
      'turn:\n  image: a/b\n  interface: eth1',
      'nimsfw.yaml:1: turn: are two boxes for one place (image and interface; allowed: one)',
    ],
    [
      'a box that is none',
      'turn: { name: x }',
      'nimsfw.yaml:1: turn: says not what stands there (allowed: command, image or interface)',
    ],
    [
      'a box with the name of a file of the result',
      'turn: [coturn, { command: ./t, name: result.json }]',
      'nimsfw.yaml:1: turn[1].name: is the name of a file of a result (allowed: any other name)',
    ],
    [
      'a box with the name by which a shard says that it had nothing to measure',
      'turn: [coturn, { command: ./t, name: shard-empty }]',
      'nimsfw.yaml:1: turn[1].name: is the name of a file of a result (allowed: any other name)',
    ],
    [
      'a box twice',
      'turn: [coturn, coturn]',
      'nimsfw.yaml:1: turn[1]: "coturn" is at turn[0] already (give one of them another name)',
    ],
    ['a number for a box', 'turn: 7', 'nimsfw.yaml:1: turn: must be a box or a list of boxes, not 7'],
    ['an empty list', 'turn: []', 'nimsfw.yaml:1: turn: must have at least one box'],
    ['an empty command', 'turn: { command: "" }', 'nimsfw.yaml:1: turn.command: must not be empty'],
    ['a blank command', 'turn: { command: " " }', 'nimsfw.yaml:1: turn.command: must not be empty'],
    [
      'what is no reference of an image',
      'turn:\n  image: Not A Ref!',
      'nimsfw.yaml:2: turn.image: "Not A Ref!" is no name of an image (such as vendor/turn:1)',
    ],
    [
      'a level of what is no phone',
      'turn:\n  command: x\n  level: rich',
      'nimsfw.yaml:3: turn.level: is only for the command of a phone at ue',
    ],
    [
      'a level of an image, which is always rich',
      'ue:\n  image: a/b\n  level: plain',
      'nimsfw.yaml:3: ue.level: is only for the command of a phone at ue',
    ],
    [
      'a number that is no id',
      'measure:\n  firewalls: 1.5',
      'nimsfw.yaml:2: measure.firewalls: must be the id of a firewall, not 1.5',
    ],
    [
      'an alias of nothing',
      'ue: *phone',
      'nimsfw.yaml:1: cannot be read: Unresolved alias (the anchor must be set before the alias): phone',
    ],
    [
      'aliases of aliases of aliases',
      'a: &a [x, x, x, x, x, x, x, x, x, x]\n' +
        [...'bcdefghi']
          .map((key, index) => `${key}: &${key} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(', ')}]\n`)
          .join('') +
        'ue: *i',
      'nimsfw.yaml:1: cannot be read: Excessive alias count indicates a resource exhaustion attack',
    ],
    [
      'a box that has itself',
      'ue: &me\n  command: *me',
      'nimsfw.yaml:2: ue.command: must be a command (text for the shell, or a list of words), not a map of command',
    ],
    ['a tab', 'ue:\n\tcommand: x', 'nimsfw.yaml:2: is not YAML: Tabs are not allowed as indentation'],
    [
      'a control character',
      'ue: "a\\0b"',
      `nimsfw.yaml:1: ue: "a\\u0000b" is not known (allowed: ${Object.keys(choices.ue).join(', ')}, { command }, { image }, { interface })`,
    ],
    [
      'a name that every object has',
      '__proto__: { command: x }',
      'nimsfw.yaml:1: __proto__: is not known (allowed: ue, pcscf, ims-core, turn, proxy, firewall, peer, dns, measure)',
    ],
    [
      'an image on namespaces',
      'turn:\n  image: a/b\nmeasure:\n  backend: netns',
      'nimsfw.yaml:2: turn.image: is only for the docker backend (measure.backend is netns)',
    ],
    [
      'an unknown suite',
      'measure:\n  suites: [aes, nul]',
      'nimsfw.yaml:2: measure.suites[1]: "nul" is not allowed (did you mean null?; allowed: aes, null, modern)',
    ],
    [
      'a second document',
      'ue: reference\n---\nue: reference',
      'nimsfw.yaml:2: begins another document (allowed: one; list several boxes at their place)',
    ],
  ])('%s', (_, text, problem) => {
    const result = parseLabFile(text, 'nimsfw.yaml', '/home/me');
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([problem]);
  });

  test('more variants than can be measured', () => {
    const list = Array.from({ length: 11 }, (_, index) => `{ command: /bin/c${index} }`).join(', ');
    const result = parseLabFile(`turn: [${list}]\nproxy: [${list}]`, 'nimsfw.yaml', '/');
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([
      'nimsfw.yaml:1: has 121 variants (allowed: 100; list fewer boxes)',
    ]);
  });
});

test('any text is a lab file, or has mistakes of one line each', () => {
  const words = fc.constantFrom(
    'ue',
    'turn',
    ': ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '- ',
    'image',
    'command',
    'a/b',
    ',',
    '&x',
    '*x',
    '"',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words, { maxLength: 30 }).map((all) => all.join('')),
      ),
      (text) => {
        const result = parseLabFile(text, 'nimsfw.yaml', '/');
        if (result.ok) expect(result.value.variants.length).toBeGreaterThan(0);
        else
          for (const problem of result.problems)
            expect(formatProblem(problem)).toMatch(/^nimsfw\.yaml:[1-9]\d*: [^\n\r]+$/);
      },
    ),
  );
});
