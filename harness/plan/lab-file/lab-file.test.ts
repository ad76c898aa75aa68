import fc from 'fast-check';
import { formatProblem } from '../../../kit/yaml-file';
import { builtInBoxes } from '../../../nodes';
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
      'a box twice',
      'turn: [coturn, coturn]',
      'nimsfw.yaml:1: turn[1]: "coturn" is at turn[0] already (give one of them another name)',
    ],
    ['a number for a box', 'turn: 7', 'nimsfw.yaml:1: turn: must be a box or a list of boxes, not 7'],
    ['an empty list', 'turn: []', 'nimsfw.yaml:1: turn: must have at least one box'],
    ['an empty command', 'turn: { command: "" }', 'nimsfw.yaml:1: turn.command: must not be empty'],
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
