import type { PageTls } from '../data';

/** What the captures tell of the TLS connections. */
export function TlsTable({ connections }: { connections: readonly PageTls[] }) {
  return (
    <div class="table-scroll" tabindex={0} role="group" aria-label="TLS connections">
      <table>
        <thead>
          <tr>
            <th scope="col">connection</th>
            <th scope="col">version</th>
            <th scope="col">cipher suite</th>
            <th scope="col">handshake</th>
            <th scope="col">bytes of other protocols before its end</th>
          </tr>
        </thead>
        <tbody>
          {connections.map(
            ({ connection, version, suite, handshakeEnded, bytesBeforeHandshakeEnd }, index) => (
              <tr key={index}>
                <th scope="row">{connection}</th>
                <td>{version ?? 'not seen'}</td>
                <td>{suite ?? 'not seen'}</td>
                <td>{handshakeEnded ? 'ended' : 'did not end'}</td>
                <td class="number">{bytesBeforeHandshakeEnd ?? 'not seen'}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
