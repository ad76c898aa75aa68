import { firewallSchema } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import { dnsmasq } from '../../nodes/dns/dns';
import { requireDns } from './require-dns';

const firewall = (dns: string) =>
  firewallSchema.parse({ id: 'office', title: 'a', summary: 'b', knobs: { dns } });

test('a firewall that decides who may ask the DNS needs one', () => {
  expect(() => requireDns([firewall('proxy')], builtInBoxes)).toThrow(
    expect.objectContaining({
      code: 'NO_DNS',
      message:
        'the firewall office decides who may ask the DNS, and this lab has no DNS server; choose one with --dns dnsmasq',
    }),
  );
});

test('one that lets anyone ask needs none, and with one everything can be measured', () => {
  expect(() => requireDns([firewall('anyone')], builtInBoxes)).not.toThrow();
  expect(() => requireDns([firewall('proxy')], builtInBoxes.with(dnsmasq))).not.toThrow();
});
