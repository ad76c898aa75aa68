import { defineBox } from '../box';
import { debianVersion, type Program, type ProgramPart } from '../program';
import { turn, type TurnConfig } from './turn';

const erlang: Program = {
  name: 'escript',
  debianPackage: 'erlang-base',
  product: 'p1-stun',
  version: debianVersion('erlang-p1-stun', /^(\d[\d.]*)/),
};

const library: ProgramPart = {
  id: 'p1-stun',
  works: 'stun and turn',
  name: "ProcessOne's library of STUN and TURN for Erlang",
  debianPackage: 'erlang-p1-stun',
  file: 'stun.app',
  folders: ['/usr/lib/erlang/lib/*/ebin'],
};

/**
 * ProcessOne's TURN server, of which those of ejabberd and eturnal are made: it serves what {@link turn} does, but has no
 * TCP allocations (RFC 6062), over which MSRP is relayed.
 */
export const p1Stun = defineBox({
  ...turn,
  name: 'p1-stun',
  lacks: ({ action, rung }) =>
    action === 'msrp' && rung.step > 1 ? 'has no TCP allocations (RFC 6062)' : undefined,
  files: (config, folder) => ({
    'turn.escript': script(config, folder),
    'tls.pem': config.certificate + config.privateKey,
  }),
  command: (_config, folder) => ['escript', `${folder}/turn.escript`],
  programs: [erlang],
  parts: [library],
  image: {
    name: 'turn-p1-stun',
    title: 'nimsfw TURN server, p1-stun',
    description: "ProcessOne's STUN library on UDP, TCP and TLS, on 80 and 443 too",
    user: 'own',
  },
});

/** A string of Erlang. None of the texts has a character that JSON writes otherwise. */
const binary = (text: string): string => `<<${JSON.stringify(text)}>>`;

function script({ address, ports, realm, username, password }: TurnConfig, folder: string): string {
  return `#!/usr/bin/env escript
%%! +S 1:1 +A 1
main(_) ->
  {ok, _} = application:ensure_all_started(stun),
  {ok, IP} = inet:parse_address(${JSON.stringify(address)}),
  Password = fun(${binary(username)}, ${binary(realm)}) -> ${binary(password)}; (_, _) -> <<>> end,
  Turn = [{use_turn, true}, {turn_ipv4_address, IP}, {turn_min_port, 49152}, {turn_max_port, 50151},
    {turn_max_allocations, infinity}, {turn_max_permissions, infinity},
    {auth_type, user}, {auth_realm, ${binary(realm)}}, {auth_fun, Password}],
  Tls = [{tls, true}, {certfile, ${binary(`${folder}/tls.pem`)}}, {ciphers, <<"NULL-SHA:HIGH:@SECLEVEL=0">>},
    {protocol_options, <<"cipher_server_preference">>}],
  [ok = stun_listener:add_listener(IP, Port, Transport, More ++ Turn) || {Port, Transport, More} <- [
    {${ports.udp}, udp, []}, {${ports.tcp}, tcp, []}, {${ports.http}, tcp, []},
    {${ports.tls}, tcp, Tls}, {${ports.https}, tcp, Tls}]],
  receive after infinity -> ok end.
`;
}
