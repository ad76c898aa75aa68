import { DtlsSrtp, dtlsIdentity, isDtls } from './dtls-srtp';

const open: DtlsSrtp[] = [];
afterEach(() => open.splice(0).forEach((one) => one.close()));

/** Two ends that exchange datagrams, and what travels between them. @param expected the fingerprint that the client expects */
async function ends(expected?: string) {
  const identity = await dtlsIdentity();
  const { fingerprint } = identity;
  const datagrams: Buffer[] = [];
  const sendTo = (other: () => DtlsSrtp) => (datagram: Buffer) => {
    datagrams.push(datagram);
    other().take(datagram);
  };
  const server: DtlsSrtp = new DtlsSrtp({
    role: 'server',
    identity,
    fingerprint,
    send: sendTo(() => client),
  });
  const client: DtlsSrtp = new DtlsSrtp({
    ...{ role: 'client', identity, fingerprint: expected ?? fingerprint },
    send: sendTo(() => server),
  });
  open.push(server, client);
  return { server, client, datagrams };
}

it('gives both ends the same keys of SRTP, each another one for sending', async () => {
  const { server, client, datagrams } = await ends();
  const [ofServer, ofClient] = await Promise.all([server.handshake(), client.handshake()]);
  expect(ofServer.own).toEqual(ofClient.other);
  expect(ofServer.other).toEqual(ofClient.own);
  expect(ofClient.own).toHaveLength(30);
  expect(ofClient.own).not.toEqual(ofClient.other);
  expect(datagrams.every(isDtls)).toBe(true);
  expect(Math.max(...datagrams.map(({ length }) => length))).toBeLessThanOrEqual(1200);
});

it('refuses a certificate that is not the one that was described', async () => {
  const { server, client } = await ends(Array.from({ length: 32 }, () => '00').join(':'));
  void server.handshake().catch(() => undefined);
  await expect(client.handshake()).rejects.toMatchObject({
    code: 'TLS_FAILED',
    message: 'DTLS: the certificate is not the one that was described',
  });
});

it('a handshake that is closed has no keys', async () => {
  const { client } = await ends();
  const keys = client.handshake();
  client.close();
  await expect(keys).rejects.toMatchObject({ code: 'ABANDONED' });
});
