import fc from 'fast-check';
import { listOf } from '../../../kit/sip-fields';
import { chosenMechanism, securityClient } from './security-mechanism';

const own = { clientSpi: 1000, serverSpi: 1001 };
const rest = 'prot=esp;mod=trans;spi-c=300;spi-s=301;port-c=5100;port-s=6100';
const of = (...values: string[]) => chosenMechanism(values, 'trans', own);

describe('the choice of a mechanism (RFC 3329 2.3.1)', () => {
  it('takes the one with the highest q, and of equal ones the first', () => {
    const md5 = `ipsec-3gpp;q=0.3;alg=hmac-md5-96;ealg=aes-cbc;${rest}`;
    const sha1 = `ipsec-3gpp;q=0.7;alg=hmac-sha-1-96;ealg=null;${rest}`;
    expect(of(`${md5}, ${sha1}`)).toEqual({
      ...{ mode: 'trans', integrity: 'hmac-sha-1-96', encryption: 'null' },
      ...{ clientSpi: 300, serverSpi: 301, clientPort: 5100, serverPort: 6100 },
    });
    expect(of(md5.replace('0.3', '0.7'), sha1)?.integrity).toBe('hmac-md5-96');
  });

  it('takes what is left out as TS 33.203 Annex H has it', () => {
    const short = 'IPSEC-3GPP; alg=HMAC-SHA-1-96; spi-c=300; spi-s=301; port-c=5100; port-s=6100';
    expect(of(short)).toMatchObject({ mode: 'trans', encryption: 'null' });
  });

  const good = `ipsec-3gpp;alg=hmac-md5-96;${rest}`;
  it.each([
    ['another mechanism', good.replace('ipsec-3gpp', 'tls')],
    ['AH', good.replace('prot=esp', 'prot=ah')],
    ['another mode', good.replace('mod=trans', 'mod=tun')],
    ['the mode of another rung', good.replace('mod=trans', 'mod=UDP-enc-tun')],
    ['unknown encryption', `${good};ealg=des-ede3-cbc`],
    ['no integrity', good.replace('alg=hmac-md5-96;', '')],
    ['a reserved SPI', good.replace('spi-c=300', 'spi-c=255')],
    ['an SPI that is too large', good.replace('spi-c=300', 'spi-c=4294967296')],
    ['the same SPI twice', good.replace('spi-c=300', 'spi-c=301')],
    ["the UE's own SPI", good.replace('spi-c=300', 'spi-c=1001')],
    ['no port', good.replace('port-s=6100', '')],
    ['a port of SIP in the clear', good.replace('port-s=6100', 'port-s=5060')],
    ['the other port of SIP in the clear', good.replace('port-c=5100', 'port-c=5061')],
    ['one port for both', good.replace('port-s=6100', 'port-s=5100')],
    ['port 0', good.replace('port-s=6100', 'port-s=0')],
  ])('takes none with %s', (_, value) => {
    expect(of(good)).toBeDefined();
    expect(of(value)).toBeUndefined();
  });

  it('takes what the UE itself would offer', () => {
    const end = { clientSpi: 300, serverSpi: 301, clientPort: 5100, serverPort: 6100 };
    const [, values = ''] = /^Security-Client: (.*)$/.exec(securityClient('UDP-enc-tun', end)) ?? [];
    expect(listOf(values)).toHaveLength(4);
    expect(chosenMechanism([values], 'UDP-enc-tun', own)).toEqual({
      ...{ mode: 'UDP-enc-tun', integrity: 'hmac-sha-1-96', encryption: 'aes-cbc', ...end },
    });
  });

  it('is troubled by nothing that the network may say, and takes nothing from outside the offer', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...good.split(';'), ';', ',', '"', '<', '=', '\\', 'q=0.5', 'ealg=aes-cbc', good),
      fc.nat().map((number) => `spi-c=${number}`),
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece).map((pieces) => pieces.join(';'))), (values) => {
        const found = chosenMechanism(values, 'trans', own);
        if (found === undefined) return;
        expect(found.mode).toBe('trans');
        expect(['hmac-sha-1-96', 'hmac-md5-96']).toContain(found.integrity);
        for (const spi of [found.clientSpi, found.serverSpi]) {
          expect(spi).toBeGreaterThan(255);
          expect(spi).toBeLessThanOrEqual(0xffff_ffff);
          expect(Object.values(own)).not.toContain(spi);
        }
      }),
    );
  });
});
