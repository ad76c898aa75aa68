import type { BridgeErrorCode } from 'mininet-ts-bridge';
import type { BoxErrorCode } from '../../nodes/box';
import type { UeErrorCode } from '../../nodes/ue/ue-driver';

/** The meaning of each error code, for the user who meets it. The error's own line names the file, node or value. */
export interface ErrorMeaning {
  readonly happened: string;
  readonly remedy: string;
  /**
   * The exit code of the command. `notice`: the command goes on, and exits as its result says. `run`: it is 2
   * when a measurement goes on without the failed part, else 3.
   */
  readonly exit: 1 | 3 | 'notice' | 'run';
}

/** An error that ends the command with 3: wrong usage, or a machine that cannot run the lab. */
const unfit = (happened: string, remedy: string): ErrorMeaning => ({ happened, remedy, exit: 3 });

/** An error of one part of a lab, without which a measurement goes on. */
const outage = (happened: string, remedy: string): ErrorMeaning => ({ happened, remedy, exit: 'run' });

const report = 'Report it, with the command that you ran: it is a defect of nimsfw.';
const doctor = 'Run `nimsfw doctor`, which names what the machine lacks.';
const look =
  'Look at what it said last, which the line has; run again with fewer networks at once (`--firewall`).';

/** The codes that the bridge, the driver of phones and the boxes define in lists of their own. */
const ofOthers = {
  NAME_NOT_USABLE: unfit('A node, link or interface has a name that cannot be one.', 'Choose another name.'),
  DUPLICATE_NAME: unfit('Two nodes have the same name.', 'Name one of them anew.'),
  UNKNOWN_NODE: unfit(
    'There is no node of this name.',
    'Take one of those that the line names, or of `nimsfw ps`.',
  ),
  ADDRESS_NOT_USABLE: unfit(
    'An address cannot be one of this network or node.',
    'Correct it in the topology.',
  ),
  DUPLICATE_ADDRESS: unfit('Two interfaces have the same address.', 'Correct one in the topology.'),
  LINK_NOT_USABLE: unfit('A link joins what cannot be joined.', 'Correct it in the topology.'),
  ROUTE_NOT_USABLE: unfit('A route leads nowhere.', 'Correct it in the topology.'),
  SWITCH_LOOP: unfit(
    'The switches form a ring, on which packets would go round for ever.',
    'Take a link away.',
  ),
  MISSING_PROGRAM: unfit('A program that the lab runs is not installed.', 'Run `nimsfw setup`.'),
  USER_NAMESPACES_OFF: unfit(
    'The system keeps user namespaces from ordinary users.',
    'Do what the line says, or run it as root.',
  ),
  NO_SUBUID_RANGE: unfit(
    'The user has no range of subordinate ids.',
    'Run the `usermod` of the line as root.',
  ),
  NO_NEW_PRIVILEGES: unfit(
    'The lab runs where no program may gain rights (`no_new_privs`).',
    'Start it outside that sandbox, or as root.',
  ),
  UNSUPPORTED_BY_KERNEL: unfit(
    'The kernel has no such traffic shaping.',
    'Leave it out, or load the module that the line names.',
  ),
  NETWORK_START_FAILED: unfit('The network could not be built.', doctor),
  NETWORK_STOPPED: outage('The network of the lab has ended.', 'Start the lab again.'),
  COMMAND_FAILED: outage(
    'A command in a node did not do its work.',
    'Look at what it said, which the line has.',
  ),
  COMMAND_TIMED_OUT: outage(
    'A command in a node did not end in time.',
    'Run again on a machine that has less to do.',
  ),
  UE_PROTOCOL: outage(
    'A phone said what its protocol does not have.',
    'Correct the phone; the reference UE never should.',
  ),
  UE_GONE: outage('A phone ended.', look),
  UE_NOT_READY: outage('A phone did not become ready.', look),
  UE_STUCK: outage('A phone did not end an attempt that it was told to end.', look),
  UE_REQUEST: outage('A phone could not do what it was asked.', 'Look at its words, which the line has.'),
  INVALID_BOX: unfit('A box does not fit the others.', 'Correct it.'),
} satisfies Record<BridgeErrorCode | UeErrorCode | BoxErrorCode, ErrorMeaning>;

/** Every code that a user of nimsfw can meet, from which docs/errors.md is made. */
export const errorMeanings = {
  ...ofOthers,
  // Errors in the user's choice.
  USAGE: unfit('The command line has what the command does not know.', 'Look at `nimsfw --help`.'),
  UNKNOWN_FIREWALL: unfit('The catalogue has no such firewall.', 'Take one of those that the line names.'),
  UNKNOWN_SCENARIO: unfit('There is no such scenario.', 'Take one of those that the line names.'),
  UNKNOWN_SUITE: unfit('There is no such cipher suite.', 'Take one of those that the line names.'),
  UNKNOWN_SECURITY: unfit(
    'There is no such way in which UE and network prove who they are.',
    'Take one of those that the line names.',
  ),
  UNKNOWN_STEP: unfit('The ladder has no such step.', 'Take one of those that the line names.'),
  UNKNOWN_BACKEND: unfit('There is no such backend.', 'Take one of those that the line names.'),
  UNKNOWN_LINK: unfit('The node has no such link.', 'Take one of those that the line names.'),
  UNKNOWN_REPORTER: unfit(
    'There is no such reporter.',
    'Take one of those that the line names, or the path of your own.',
  ),
  NOTHING_TO_MEASURE: unfit(
    'The scenarios have nothing at the steps, or with the security, that were chosen.',
    'Choose others.',
  ),
  LEFT_OUT: {
    happened: 'One of the scenarios that are measured when none is named has nothing to be measured.',
    remedy: 'Choose another security or other steps to have it too, or leave it so.',
    exit: 'notice',
  },
  NOT_PLAYABLE: unfit(
    'A move leads between firewalls that were not all chosen.',
    'Choose them too, or leave the move out.',
  ),
  IDLE_TOO_SHORT: unfit(
    'An idle time-out is too short to be kept apart from a slow machine.',
    'Choose a longer one.',
  ),
  CATALOGUE_UNREADABLE: unfit('The catalogue cannot be read.', 'Check the path and its rights.'),
  CATALOGUE_MALFORMED: unfit(
    'The catalogue is not one.',
    'Correct the line that is named; examples/catalogue.yaml is one.',
  ),
  LAB_FILE_UNREADABLE: unfit('The lab file cannot be read.', 'Check the path and its rights.'),
  LAB_FILE_MALFORMED: unfit(
    'The lab file is not one.',
    'Correct the line that is named; docs/boxes.md shows the form.',
  ),
  KNOWN_UNREADABLE: unfit('The file of known deviations cannot be read.', 'Check the path and its rights.'),
  KNOWN_MALFORMED: unfit(
    'The file of known deviations is not one.',
    'Correct the line that is named; docs/ci.md shows the form.',
  ),
  NO_DNS: unfit(
    'A firewall decides who may ask the DNS, and the lab has no DNS server.',
    'Choose one (`--dns dnsmasq`).',
  ),
  UNKNOWN_BOX: unfit('No box of this name can stand at the place.', 'Take one of those that the line names.'),
  IMAGE_NEEDS_DOCKER: unfit(
    'A container image was named for a lab that is not in containers.',
    'Add `--backend docker`, or name a command.',
  ),
  BOX_LACKS: {
    happened: 'A box of a lab that is up cannot do what a firewall asks of it.',
    remedy: 'Choose another box, or leave that firewall out.',
    exit: 'notice',
  },
  COMMAND_MISSING: unfit(
    'The program of a command that is to stand in the lab is not there, or cannot be run.',
    'Correct its path or its rights, as the line says.',
  ),
  INTERFACE_NOT_USABLE: unfit(
    'A machine on an interface of this one cannot stand in the lab.',
    'Do what the line says; docs/boxes.md says what it takes.',
  ),
  IMAGE_VARIABLE: unfit(
    'A variable of the compose file names an image, and a run does not read it.',
    'Name the image with the option that the line has.',
  ),
  PORT_TAKEN: unfit(
    'The live view cannot listen on its port.',
    'Choose another with `--live`, or `--open`, which takes a free one.',
  ),
  NO_BROWSER: {
    happened: 'The live view is there, and no browser could be started to show it.',
    remedy: 'Open the address that the line names, or say in BROWSER which program opens one.',
    exit: 'notice',
  },
  OUT_NOT_EMPTY: unfit('The folder for the results has files already.', 'Choose another, or remove it.'),
  OUT_NOT_WRITABLE: unfit(
    'A result cannot be written.',
    'Choose a folder that you may write to, on a disk with room.',
  ),
  OUT_EXISTS: unfit(
    'The file that is to be written is there already.',
    'Choose another, or overwrite it with `--force`.',
  ),
  OUTPUT_NOT_WRITABLE: unfit('Standard output cannot be written.', 'Give it one that has room.'),
  NOT_GIVEN: {
    happened:
      'In the image of the whole lab, root wrote files that could not be given to the owner of the folder.',
    remedy: 'Change their owner yourself.',
    exit: 'notice',
  },
  REPORTER_NOT_FOUND: unfit('There is no file of this reporter.', 'Check its path.'),
  REPORTER_BROKEN: unfit('The file of a reporter throws when it is loaded.', 'Correct what the line has.'),
  NOT_A_REPORTER: unfit('A file exports no reporter.', 'Export one, as docs/extending.md shows.'),
  // Stored runs.
  NOT_A_RUN: unfit(
    'A path leads to no run.',
    'Name the folder of a run, a bundle of one, or its `result.json`.',
  ),
  NOT_A_BUNDLE: unfit('A file is no bundle of a run.', 'Name one that `nimsfw bundle` has written.'),
  BUNDLE_TRUNCATED: unfit('A bundle ends before it is whole.', 'Copy or download it again.'),
  BUNDLE_TAMPERED: unfit(
    'What is in a bundle is not what its manifest says.',
    'Take the bundle as `nimsfw bundle` has written it.',
  ),
  BUNDLE_HOSTILE: unfit(
    'A bundle would write elsewhere than into one folder, or more than any run has. Nothing of it was kept.',
    'Ask whoever made it; `nimsfw bundle` writes none such.',
  ),
  NOT_UNPACKED: unfit(
    'There is no room to unpack a bundle.',
    'Make room for temporary files, or name another folder for them in `TMPDIR`.',
  ),
  UNKNOWN_CELL: unfit('The run has no such cell.', 'Take one of those that the line names.'),
  NO_RUN_YET: unfit('There is no run here yet.', 'Name one, or measure with `nimsfw run`.'),
  RESULT_UNREADABLE: unfit('A stored result cannot be read.', 'Check the path and its rights.'),
  NOT_A_RESULT: unfit('A file is no result.', 'Name the folder of a run.'),
  OTHER_SCHEMA: unfit(
    'A run was stored by another version, whose format is another.',
    'Read it with that version.',
  ),
  JOURNAL_UNREADABLE: unfit('The journal of a run cannot be read.', 'Check the path and its rights.'),
  JOURNAL_TORN: unfit('A line within a journal is no event.', 'Take the folder as the run left it.'),
  JOURNAL_EMPTY: unfit('A journal has no event: the run never began.', 'Run again.'),
  BUNDLED_WITHOUT: {
    happened: 'A bundle was made without a part of the run, so that nothing can be looked up in it.',
    remedy: 'Ask for a bundle of the whole run.',
    exit: 'notice',
  },
  LAST_LINE_TORN: {
    happened: 'The last line of a journal is not whole, and is left out.',
    remedy: 'Nothing: the run was killed as it wrote.',
    exit: 'notice',
  },
  NO_CAPTURES: unfit('A folder has no captures of a run.', 'Name the folder of a run.'),
  CAPTURE_UNREADABLE: unfit(
    'A capture cannot be read.',
    'Name a capture, or take the folder of a run as the run left it.',
  ),
  INCOMPARABLE: unfit(
    'Two runs that were to be compared have no cell in common.',
    'Compare runs that measured a firewall with the same scenario, suite and security.',
  ),
  NOTHING_OF_LADDER: unfit(
    'A capture has nothing of SIP, TURN or TLS in it that could be judged.',
    'Capture while the phone registers, on its own machine or beside it.',
  ),
  UE_UNCLEAR: unfit('It is not clear which address of a capture is the UE.', 'Name it with `--ue`.'),
  KEYS_UNREADABLE: unfit('A file with TLS secrets cannot be read.', 'Check the path and its rights.'),
  NOT_RERUNNABLE: unfit(
    'A run had what cannot be had here, such as a program of somebody else’s.',
    'Do what the line says, or leave out the cells that need it.',
  ),
  SHARDS_DIFFER: unfit(
    'Runs are no parts of one measurement.',
    'Merge only runs that differ in firewalls, scenarios or suites.',
  ),
  SHARD_EMPTY: unfit(
    'A part of a run has nothing to measure, as there are more parts than the firewalls can be dealt out to.',
    'Start fewer, or leave it: `nimsfw merge` misses nothing without it.',
  ),
  RUN_NOT_ENDED: outage(
    'A run that was to be merged or bundled had not ended.',
    'Look why it has not; then merge or bundle again, or wait longer (`nimsfw merge --wait`).',
  ),
  SHARDS_OVERLAP: unfit('Two runs have the same cell.', 'Leave one of them out.'),
  RESULT_INVALID: unfit('A result does not fit its own schema.', report),
  REPORT_FAILED: {
    happened: 'A report broke off.',
    remedy: 'Take what it would have said from the files of the run.',
    exit: 'notice',
  },
  // The machine.
  NODE_TOO_OLD: unfit('Node is too old.', 'Install Node 20.19 or newer from https://nodejs.org.'),
  NOT_SET_UP: unfit('The checkout was not built.', 'Run `node bin/setup.mjs`.'),
  NPM_FAILED: unfit('npm could not install the packages.', 'Mend what npm says above the line.'),
  BUILD_FAILED: {
    happened: 'The sources do not compile.',
    remedy: 'Mend what the compiler says above the line.',
    exit: 1,
  },
  MISSING_PACKAGES: unfit(
    'Debian packages are missing, and could not be installed.',
    'Run the `apt-get` of the line as root.',
  ),
  MISSING_PROGRAMS: unfit(
    'Programs are missing on a system without apt-get.',
    'Install them by its own means.',
  ),
  LIMIT_TOO_LOW: unfit('A limit of the process is too low for a lab.', 'Raise it as the line says.'),
  FEW_IDS: unfit(
    'The user namespace has too few ids for daemons that change their user.',
    'Start it as the line says.',
  ),
  CERTIFICATE_NOT_MADE: unfit('openssl made no certificate.', 'Run `nimsfw setup`.'),
  // The lab.
  INTERRUPTED: unfit(
    'A signal ended it before it was done.',
    'Run again for the whole; what was judged is stored.',
  ),
  INVALID_NODE_CONFIG: unfit(
    'The configuration of a node is wrong.',
    'Correct the box; of a built-in one, report it.',
  ),
  NODE_SETUP_FAILED: outage('What prepares a node failed.', look),
  NODE_DIED: outage('A node’s program ended.', look),
  CONTRACT_BROKEN: outage(
    'A phone of somebody else’s does not tell what it can do from what it cannot, or what got through from what did not.',
    'Mend it by its contract ([boxes.md](boxes.md)); the line says what it answered.',
  ),
  NODE_FAILED: outage('A node went out of order in a way that nobody foresaw.', report),
  NODE_GONE: unfit('A container is not there any more.', 'Start the lab again.'),
  NOT_READY: outage('Something was awaited in vain.', look),
  NOT_ANSWERING: outage('A node runs, and does not answer.', look),
  CAPTURE_NOT_MERGED: {
    happened: 'The captures of an access network could not be put into one file.',
    remedy: 'Open them one by one; or make room, and `nimsfw report` of the folder makes the file.',
    exit: 'notice',
  },
  CAPTURE_BROKEN: outage(
    'A capture is not whole: it broke off, or the kernel had no room for some packets.',
    'Run again with fewer networks at once (`--firewall`).',
  ),
  CAPTURE_SILENT: outage(
    'A capture runs, and brings nothing.',
    'Look whether somebody has stopped its tcpdump, and run again.',
  ),
  PROGRAM_STARTED: unfit('A node has its program already.', 'Start another beside it with `spawn`.'),
  LAB_ENDED: unfit('The lab has ended.', 'Start another with `nimsfw up`.'),
  NOT_TAKEN_DOWN: {
    happened: 'A lab could not be taken down after a run.',
    remedy: '`nimsfw down --all` removes what is left.',
    exit: 'notice',
  },
  NO_LAB: unfit('No lab is up.', 'Start one with `nimsfw up`.'),
  LAB_RUNNING: unfit('A lab is up already.', 'End it with `nimsfw down`.'),
  LAB_NOT_KEPT: unfit('The lab cannot be kept up.', doctor),
  LAB_KILLED: unfit(
    'The lab was killed, as it did not end by itself.',
    'Nothing of it is left; `nimsfw doctor` looks at the machine.',
  ),
  COMMAND_NOT_RUN: unfit('A command could not be started in a node.', doctor),
  // Docker.
  NO_ENGINE: unfit('No Docker Engine answers.', 'Install one with `nimsfw setup --for-docker` and start it.'),
  ENGINE_FORBIDDEN: unfit(
    'The Docker Engine is not for this user.',
    'Join the group that the line names, or run as root.',
  ),
  ENGINE_TOO_OLD: unfit('The Docker Engine is too old.', 'Upgrade it.'),
  ENGINE_FAILED: unfit(
    'The Docker Engine could not do what it was asked.',
    'Look at its words, which the line has.',
  ),
  ENGINE_NOT_STARTED: unfit(
    'A Docker Engine of one’s own did not start.',
    'Look at its words, which are above the line.',
  ),
  ENGINE_UNWELL: unfit(
    'The Docker Engine answers, and is not well.',
    'Look at its words, which the line has.',
  ),
  NO_COMMAND: unfit('There is no command to be run with an engine.', 'Give one after `bin/with-docker.mjs`.'),
  BASE_IMAGE_UNAVAILABLE: unfit(
    'The base of the images is not there and cannot be made.',
    'Do what the line says.',
  ),
  IMAGE_MISSING: unfit('An image of the lab is not there.', 'Build it with `npm run images`.'),
  IMAGE_OUTDATED: unfit('An image was made of other sources than these.', 'Build it with `npm run images`.'),
  IMAGE_BUILD_FAILED: unfit('An image could not be built.', 'Look at the log, which the line names.'),
  NODE_NOT_PORTABLE: unfit('This Node cannot go into an image.', 'Use Node as nodejs.org has it.'),
  SUBNET_IN_USE: unfit('A subnet of the lab is in use on this machine.', 'Free it, as the line says.'),
  NOT_REMOVED: unfit('The engine did not remove a part of the lab.', '`nimsfw down --all` tries again.'),
  ENDPOINT_MISCOUNTED: unfit(
    'The engine keeps a network that nothing is in any more.',
    'Start the engine anew, then `nimsfw down --all`.',
  ),
  DOCKER_REMAINS: {
    happened: 'A killed run has left containers or networks.',
    remedy: '`nimsfw down --all` removes them.',
    exit: 'notice',
  },
  SETUP_OUTDATED: unfit(
    'The secrets of the compose file are another version’s.',
    'Make them anew, as the line says.',
  ),
  CERTIFICATES_EXPIRED: unfit(
    'The certificates of the compose file have expired.',
    'Make them anew, as the line says.',
  ),
  // Defects of nimsfw.
  INTERNAL: unfit('A defect of nimsfw.', report),
} satisfies Record<string, ErrorMeaning>;

/** A stable name of an error, for programs. The message is for people. */
export type ErrorCode = keyof typeof errorMeanings;

const exits: Readonly<Record<ErrorMeaning['exit'], string>> = {
  1: '1',
  3: '3',
  notice: 'that of the result',
  run: '2 in a run that goes on, else 3',
};

/** Returns the text of docs/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries<ErrorMeaning>(errorMeanings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { happened, remedy, exit }]) => `| \`${code}\` | ${happened} | ${remedy} | ${exits[exit]} |`,
    );
  return [
    '# Errors',
    '',
    'Every error is one line on standard error that ends in its code: what happened, with the node, file or value, and what to do.',
    'Codes are stable; the words may change. An attempt that fails is none of these: why it failed is its own code in the result',
    '([result.schema.json](result.schema.json)).',
    '',
    'This page is made by `npm run docs` of `harness/lab/error-codes.ts`.',
    '',
    '| code | what happened | what to do | exit code |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
