import { rule, type Topic } from '../rule';
import { listed, parametersOf } from '../sip-message';

/** Registration: TS 24.229 5.1.1 at the UE, 5.2.2 at the P-CSCF, 5.4.1 at the registrar. */
export const registration: Topic = {
  title: 'Registration',
  rules: [
    rule({
      id: 'register-rport-keep',
      clause: 'TS 24.229 5.1.1.2.1 d)',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A REGISTER of the UE without security by IPsec has rport and keep in its Via.',
      of: 'message',
      about: ({ method, status, from }) => method === 'REGISTER' && status === undefined && from === 'ue',
      breaks: (request) => {
        const via = parametersOf(listed(request, 'Via')[0] ?? '');
        const lacking = ['rport', 'keep'].filter((name) => !via.has(name));
        return lacking.length === 0 ? undefined : `REGISTER without ${lacking.join(' and ')}`;
      },
    }),
  ],
};
