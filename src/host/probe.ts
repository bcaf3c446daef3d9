import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { HostError } from '../model/errors.ts';
import { hostEnvironment, run, spawnIn } from './exec.ts';

/** A connection to be tried for real. */
export interface ProbeRequest {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What came of it. `undefined` for reachable: UDP that was not answered, which it need not be. */
export interface ProbeResult {
  readonly reachable: boolean | undefined;
  readonly text: string;
}

/** Tries a connection from inside a network namespace (undefined: the own one). */
export async function probeConnection(
  netns: string | undefined,
  request: ProbeRequest,
): Promise<ProbeResult> {
  return resultOf(start([process.execPath, ...argumentsOf(request)], netns));
}

/** Asks the resolver of a container's namespace for a name, as a program there would. */
export async function probeName(netns: string, name: string): Promise<ProbeResult> {
  return resultOf(start([process.execPath, '-e', SCRIPT, '--', 'name', name, '0'], netns));
}

/**
 * Tries a connection from a machine made up for it: a namespace at the other end of a new wire, with the host as its
 * default gateway, in a range that RFC 5737 keeps free of anybody. Machine and wire end with the process in it.
 * Needs root.
 */
export async function probeFromNeighbour(request: ProbeRequest): Promise<ProbeResult> {
  const child = start(['unshare', '--net', process.execPath, ...argumentsOf(request), 'wait'], undefined);
  const result = resultOf(child);
  const wire = `probe${randomBytes(4).toString('hex')}`;
  try {
    await Promise.race([started(child), result]);
    await layWire(wire, child.pid ?? 0);
    child.stdin?.write('go\n');
    return await result;
  } finally {
    child.kill('SIGKILL');
    await run(['ip', 'link', 'delete', wire], { allowFailure: true });
  }
}

const HOST_END = '192.0.2.253';
const NEIGHBOUR_END = '192.0.2.254';
const TIMEOUT_MS = 2000;

/**
 * TCP: connected is reachable, unless the other end hangs up at once without a word, as a forwarder does that finds
 * nobody behind it.
 */
const SCRIPT = `
const [kind, address, portText, wait] = process.argv.slice(1);
const port = Number(portText);
const say = (reachable, text) => { process.stdout.write(JSON.stringify({ reachable, text }) + '\\n', () => process.exit()); };
const begin = kind === 'tcp' ? tcp : kind === 'udp' ? udp : name;
if (wait) { process.stdin.once('data', begin); process.stdout.write('started\\n'); } else begin();
function words(error) {
  return { ECONNREFUSED: 'refused', EHOSTUNREACH: 'no such neighbour', ENETUNREACH: 'no route', ECONNRESET: 'reset' }[error.code] ?? error.message;
}
function tcp() {
  const began = process.hrtime.bigint();
  const socket = require('node:net').connect({ host: address, port });
  const late = setTimeout(() => say(false, 'no answer within 2 s'), ${TIMEOUT_MS});
  socket.on('error', (error) => say(false, words(error)));
  socket.on('connect', () => {
    clearTimeout(late);
    const ms = Number(process.hrtime.bigint() - began) / 1e6;
    const text = 'answered in ' + ms.toFixed(1) + ' ms';
    socket.on('data', () => say(true, text));
    socket.on('end', () => say(false, 'closed at once'));
    setTimeout(() => say(true, text), 100);
  });
}
function udp() {
  const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', (error) => say(false, words(error)));
  socket.on('message', () => say(true, 'answered'));
  socket.connect(port, address, () => socket.send('berth\\n'));
  setTimeout(() => say(undefined, 'no answer, which UDP need not give'), 800);
}
function name() {
  const { Resolver } = require('node:dns').promises;
  const resolver = new Resolver({ timeout: ${TIMEOUT_MS}, tries: 1 });
  resolver.setServers(['127.0.0.11']);
  resolver.resolve4(address).then(
    (found) => say(true, 'the name leads to ' + found.join(', ')),
    (error) => say(false, 'no address for the name: ' + error.code),
  );
}
`;

function argumentsOf({ address, port, protocol }: ProbeRequest): string[] {
  return ['-e', SCRIPT, '--', protocol, address, String(port)];
}

function start(argv: readonly string[], netns: string | undefined): ChildProcess {
  const env = hostEnvironment({ NODE_OPTIONS: '' });
  return spawnIn(argv, { netns, env, stdio: ['pipe', 'pipe', 'ignore'] });
}

/** The first line of the child. */
async function started(child: ChildProcess): Promise<void> {
  if (child.stdout) await once(child.stdout, 'data');
}

function resultOf(child: ChildProcess): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (data: Buffer) => (said += data.toString('utf8')));
    child.stdin?.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', () => {
      const json = /\{.*\}/.exec(said)?.[0];
      if (json === undefined) reject(failed());
      else resolve({ reachable: undefined, text: '', ...(JSON.parse(json) as Partial<ProbeResult>) });
    });
  });
}

function failed(): HostError {
  return new HostError('PROBE_FAILED', 'the attempt ended without a result', {
    hint: 'The trace itself needs no attempt: leave --probe out. An attempt from the LAN needs root.',
  });
}

async function layWire(wire: string, pid: number): Promise<void> {
  const netns = `/proc/${String(pid)}/ns/net`;
  await run(['ip', 'link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)]);
  await run(['ip', 'address', 'add', `${HOST_END}/30`, 'dev', wire]);
  await run(['ip', 'link', 'set', wire, 'up']);
  await run(['ip', 'address', 'add', `${NEIGHBOUR_END}/30`, 'dev', 'eth0'], { netns });
  await run(['ip', 'link', 'set', 'eth0', 'up'], { netns });
  await run(['ip', 'route', 'add', 'default', 'via', HOST_END], { netns });
}
