import fc from 'fast-check';
import { told } from './environment';

const pem = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n';

test('a configuration is told in variables, and in files what is longer than a word or two', () => {
  const config = {
    address: '198.19.0.30',
    imsCore: { address: '198.18.0.20', port: 5060 },
    connectPorts: [443, 5061],
    isAnchored: false,
    privateKey: pem,
    subscribers: [{ impi: 'ue-0@example' }],
    absent: undefined,
  };
  const whole = `${JSON.stringify(config, null, 2)}\n`;
  expect(told(config, '/run/nimsfw/turn')).toEqual({
    environment: {
      NIMSFW_FOLDER: '/run/nimsfw/turn',
      NIMSFW_CONFIG: '/run/nimsfw/turn/config.json',
      NIMSFW_ADDRESS: '198.19.0.30',
      NIMSFW_IMS_CORE_ADDRESS: '198.18.0.20',
      NIMSFW_IMS_CORE_PORT: '5060',
      NIMSFW_CONNECT_PORTS: '443 5061',
      NIMSFW_IS_ANCHORED: 'false',
      NIMSFW_PRIVATE_KEY: '/run/nimsfw/turn/private-key.pem',
      NIMSFW_SUBSCRIBERS: '/run/nimsfw/turn/subscribers.json',
    },
    files: {
      'config.json': whole,
      'private-key.pem': pem,
      'subscribers.json': '[\n  {\n    "impi": "ue-0@example"\n  }\n]\n',
    },
  });
});

test('no value of any configuration brings a line break into a variable', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z]{0,9}$/), fc.jsonValue()), (config) => {
      for (const value of Object.values(told(config, '/run/x').environment)) expect(value).not.toMatch(/\n/);
    }),
  );
});
