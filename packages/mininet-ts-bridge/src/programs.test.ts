import { bridgeError } from './expect-error';
import { requirePrograms, searchPath } from './programs';

describe('requirePrograms', () => {
  test.each([
    ['ip', 'iproute2'],
    ['unshare', 'util-linux'],
    ['nsenter', 'util-linux'],
    ['setpriv', 'util-linux'],
    ['nft', 'nftables'],
    ['newuidmap', 'uidmap'],
    ['ping', 'iputils-ping'],
  ])('names the Debian package that has %s', async (program, debianPackage) => {
    expect(await bridgeError(() => requirePrograms([program], '/nowhere'))).toEqual({
      code: 'MISSING_PROGRAM',
      message: `the program "${program}" is not installed; run: apt-get install ${debianPackage}`,
    });
  });

  test('looks where an ordinary user does not', () => {
    expect(searchPath('/home/me/bin:/usr/bin').split(':')).toEqual([
      '/home/me/bin',
      '/usr/bin',
      '/usr/local/sbin',
      '/usr/sbin',
      '/sbin',
      '/usr/local/bin',
      '/bin',
    ]);
  });
});
