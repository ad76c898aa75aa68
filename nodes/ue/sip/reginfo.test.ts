import fc from 'fast-check';
import { reginfoOf } from '../testing/fake-registrar';
import { readReginfo } from './reginfo';

const document = (
  inner: string,
  root = 'reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full"',
) => `<?xml version="1.0"?>\n<${root}>${inner}</${root.split(' ')[0]}>`;

it('reads each identity with its contacts', () => {
  const xml = document(
    `<registration aor="sip:a@b" id="1" state="active">
       <contact id="2" state="active" event="registered" expires="60"><uri> sip:a@10.0.0.1:5060;transport=tls </uri>
         <unknown-param name="+sip.instance">"&lt;urn:uuid:1&gt;"</unknown-param></contact>
       <contact id="3" state="terminated" event="unregistered"><uri>sip:a@10.0.0.2</uri></contact>
     </registration>
     <registration aor="tel:+1" id="4" state="init"/>`,
  );
  expect(readReginfo(xml)).toEqual([
    {
      aor: 'sip:a@b',
      state: 'active',
      contacts: [
        { uri: 'sip:a@10.0.0.1:5060;transport=tls', state: 'active' },
        { uri: 'sip:a@10.0.0.2', state: 'terminated' },
      ],
    },
    { aor: 'tel:+1', state: 'init', contacts: [] },
  ]);
});

it('reads it with a prefix too, and passes over what belongs to others (RFC 3680 5.4)', () => {
  const xml = `<r:reginfo xmlns:r="urn:ietf:params:xml:ns:reginfo" xmlns:x="urn:x" version="0" state="full">
    <x:registration aor="sip:not@this"><x:contact state="active"/></x:registration>
    <r:registration aor="sip:a@b" id="1" state="active"><r:contact id="2" state="active"><x:uri>sip:no@x</x:uri>
    <r:uri>sip:&#97;@1.2.3.4</r:uri></r:contact></r:registration></r:reginfo>`;
  expect(readReginfo(xml)).toEqual([
    { aor: 'sip:a@b', state: 'active', contacts: [{ uri: 'sip:a@1.2.3.4', state: 'active' }] },
  ]);
});

it.each([
  ['no XML', 'hello'],
  ['nothing', ''],
  ['XML that ends too early', document('<registration aor="sip:a@b">').slice(0, -12)],
  ['another document', document('', 'presence xmlns="urn:ietf:params:xml:ns:pidf"')],
  ['the document without its name space', document('', 'reginfo')],
  ['an entity of its own', `<!DOCTYPE r [<!ENTITY e "x">]>${document('<registration aor="&e;"/>')}`],
])('refuses %s', (_, xml) => {
  expect(() => readReginfo(xml)).toThrow();
});

it('reads what a registrar may write, and throws nothing but errors at anything else', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9.]{1,20}$/), fc.nat(65_535), (user, port) => {
      const uri = `sip:${user}@10.1.2.3:${port};transport=tls;a=b&c`;
      expect(readReginfo(reginfoOf('sip:a@b', uri))[0]?.contacts).toEqual([{ uri, state: 'active' }]);
    }),
  );
  const part = fc.constantFrom(
    '<',
    '>',
    '/',
    '&',
    '"',
    ';',
    'reginfo',
    ' xmlns="urn:ietf:params:xml:ns:reginfo"',
    'uri',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
      try {
        readReginfo(parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});
