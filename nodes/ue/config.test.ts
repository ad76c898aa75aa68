import { writeFileSync } from 'node:fs';
import { readConfig, writeConfig } from './config';
import type { UeConfig } from './protocol';
import { TestFolder } from './testing/folder';

const config: UeConfig = {
  address: '10.89.1.2',
  firstPort: 32_768,
  pcscf: { name: 'p.example', address: '198.18.0.2', ports: { udp: 5060, tls: 5061, https: 443 } },
  turn: {
    name: 't.example',
    address: '198.18.0.4',
    ports: { udp: 3478, tcp: 3478, tls: 5349, http: 80, https: 443 },
    username: 'u',
    password: 'p',
  },
  subscriber: { domain: 'example', impi: 'a@example', impu: 'sip:a@example', password: 'p' },
  peer: { ip: '198.18.0.5', port: 7 },
  peerIdentity: 'sip:peer@ims.example',
  trustAnchor: '',
};

describe('readConfig', () => {
  let folder: TestFolder;
  beforeEach(() => (folder = new TestFolder()));
  afterEach(() => folder[Symbol.dispose]());

  const read = (content: string) => {
    const file = folder.file('ue.json');
    writeFileSync(file, content);
    return { file, read: () => readConfig(file) };
  };

  it('reads what the lab wrote', () => {
    expect(read(writeConfig(config)).read()).toMatchObject(config);
  });

  it('reads what a person wrote, with the default', () => {
    expect(read(JSON.stringify({ ...config, firstPort: undefined })).read()).toEqual(config);
  });

  it('names the file and the first mistake', () => {
    const wrong = read(JSON.stringify({ ...config, address: 'here' }));
    expect(wrong.read).toThrow(`${wrong.file}: address: Invalid IPv4 address`);
    const broken = read('{');
    expect(broken.read).toThrow(`cannot read ${broken.file}: `);
  });
});
