// A closed-loop load generator: so many clients, each with one question on the way at a time. Blocking calls through
// koffi, as the generator must be faster than what it measures.
// Arguments: port (of 127.0.0.11) or address:port, clients, milliseconds, first name, further names … Prints one line of JSON.
import koffi from 'koffi';

const [target, clientsText, durationText] = process.argv.slice(2, 5);
const [host, port] = target.includes(':') ? target.split(':') : ['127.0.0.11', target];
const clients = Number(clientsText);
const durationMs = Number(durationText);
const names = process.argv.slice(5);

const libc = koffi.load(null);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const connect = libc.func('int connect(int fd, const void *address, unsigned int length)');
const send = libc.func('long send(int fd, const void *data, size_t length, int flags)');
const recv = libc.func('long recv(int fd, void *data, size_t length, int flags)');
const poll = libc.func('int poll(void *fds, unsigned long count, int timeout)');

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0x800;
const POLLIN = 1;

const queries = names.map(queryFor);
const sentAt = new Float64Array(clients);
const latenciesUs = [];
const pollfds = Buffer.alloc(clients * 8);
const fds = Array.from({ length: clients }, (_, index) => openClient(index));
const reply = Buffer.alloc(4096);
let turn = 0;
let errors = 0;

const begin = performance.now();
fds.forEach((_, index) => ask(index));
while (performance.now() - begin < durationMs) {
  const ready = poll(pollfds, clients, 200);
  if (ready === 0) {
    errors += clients;
    fds.forEach((_, index) => ask(index));
  }
  for (let index = 0, left = ready; left > 0 && index < clients; index++) {
    if (pollfds[index * 8 + 6] === 0) continue;
    left--;
    const length = recv(fds[index], reply, reply.length, 0);
    if (length < 12 || (reply[3] & 0x0f) !== 0 || reply[7] === 0) errors++;
    latenciesUs.push((performance.now() - sentAt[index]) * 1000);
    ask(index);
  }
}
const seconds = (performance.now() - begin) / 1000;
const sorted = Float64Array.from(latenciesUs).sort();
const at = (share) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
console.log(
  JSON.stringify({ qps: Math.round(sorted.length / seconds), p50Us: at(0.5), p99Us: at(0.99), errors }),
);

function ask(index) {
  const query = queries[turn++ % queries.length];
  query.writeUInt16BE(turn & 0xffff, 0);
  sentAt[index] = performance.now();
  if (send(fds[index], query, query.length, 0) < 0) errors++;
}

function openClient(index) {
  const fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(Number(port), 2);
  address.set(host.split('.').map(Number), 4);
  if (connect(fd, address, address.length) < 0) throw new Error('cannot connect a UDP socket');
  pollfds.writeInt32LE(fd, index * 8);
  pollfds.writeInt16LE(POLLIN, index * 8 + 4);
  return fd;
}

function queryFor(name) {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const head = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}
