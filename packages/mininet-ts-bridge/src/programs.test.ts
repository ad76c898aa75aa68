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

  test("looks where an ordinary user does not, and in the caller's folders only for what the system has not", () => {
    const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    expect(searchPath('/home/me/bin:/usr/bin')).toBe(`${system}:/home/me/bin`);
    expect(searchPath('')).toBe(system);
    expect(searchPath('.:bin::/opt/bin')).toBe(`${system}:/opt/bin`);
  });
});
