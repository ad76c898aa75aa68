import { builtInCatalogue } from '../../firewalls/catalogue';
import { thisMachine, type Machine } from './machine';
import { programChecks, requirePrograms } from './program-checks';

/** Makes a machine that has everything except these programs and files. */
function machine(without: readonly string[] = [], folders: Record<string, readonly string[]> = {}): Machine {
  const everything: Record<string, readonly string[]> = {
    '/usr/lib': ['x86_64-linux-gnu'],
    '/usr/lib/x86_64-linux-gnu/kamailio/modules': [
      'tls.so',
      'outbound.so',
      'websocket.so',
      'app_perl.so',
      'ims_auth.so',
      'presence.so',
    ],
    '/usr/lib/squid': ['security_file_certgen'],
    ...folders,
  };
  return {
    ...thisMachine(),
    isRoot: false,
    has: (program) => !without.includes(program),
    list: (folder) => everything[folder] ?? [],
    run: () => Promise.reject(new Error('no process is needed to look')),
  };
}

const firewall = (...ids: string[]) => builtInCatalogue.filter(({ id }) => ids.includes(id));

/** Returns the code and the text of the error that an action throws. */
function refusal(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  return undefined;
}

const missing = (message: string) => ({ code: 'MISSING_PROGRAM', message });

test('a machine that has everything will do', () => {
  expect(refusal(() => requirePrograms(builtInCatalogue, machine()))).toBeUndefined();
});

test('every program that a run cannot do without is asked for', () => {
  for (const { name, debianPackage, isOptional } of programChecks({ isRoot: false })) {
    const message = `the program ${name} is not installed; as root: apt-get install --no-install-recommends ${debianPackage}`;
    expect(refusal(() => requirePrograms(builtInCatalogue, machine([name])))).toEqual(
      isOptional ? undefined : missing(message),
    );
  }
});

test('squid is needed where there is a web proxy', () => {
  expect(refusal(() => requirePrograms(firewall('0', '7', 'closed'), machine(['squid'])))).toBeUndefined();
  expect(refusal(() => requirePrograms(firewall('8'), machine(['squid'])))).toBeDefined();
});

test('what the inspector takes is needed where there is one', () => {
  const lacking = machine(['iptables-nft']);
  expect(refusal(() => requirePrograms(firewall('0', '8', 'closed'), lacking))).toBeUndefined();
  expect(refusal(() => requirePrograms(firewall('9'), lacking))).toEqual(
    missing(
      'the program iptables-nft is not installed; as root: apt-get install --no-install-recommends iptables',
    ),
  );
});

test("Debian's squid without OpenSSL cannot intercept", () => {
  const gnutls = machine([], { '/usr/lib/squid': ['basic_ncsa_auth'] });
  expect(refusal(() => requirePrograms(firewall('8'), gnutls))).toBeUndefined();
  expect(refusal(() => requirePrograms(firewall('intercepting'), gnutls))).toEqual(
    missing(
      'a squid that re-signs TLS is not installed; as root: apt-get install --no-install-recommends squid-openssl',
    ),
  );
});

test("all that is missing is told at once, Kamailio's modules too", () => {
  const bare = machine(['kamailio', 'tcpdump'], {
    '/usr/lib/x86_64-linux-gnu/kamailio/modules': [
      'tls.so',
      'websocket.so',
      'app_perl.so',
      'ims_auth.so',
      'presence.so',
    ],
  });
  expect(refusal(() => requirePrograms(firewall('0'), bare))).toEqual(
    missing(
      "the program kamailio, the program tcpdump, Kamailio's module outbound are not installed; " +
        'as root: apt-get install --no-install-recommends kamailio tcpdump kamailio-outbound-modules',
    ),
  );
});
