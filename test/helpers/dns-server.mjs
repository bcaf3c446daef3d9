// A name server for tests: answers what it was told, NXDOMAIN for the rest, and prints every question.
// node dns-server.mjs ADDRESS NAME=IPV4[,IPV4]…
import dgram from 'node:dgram';
import net from 'node:net';
import packet from 'dns-packet';

const [address, ...records] = process.argv.slice(2);
const known = new Map(records.map((record) => record.split('=')));

function reply(query) {
  const [question] = query.questions;
  console.log(`${question.type} ${question.name}`);
  const data = known.get(question.name.toLowerCase());
  const addresses = data && question.type === 'A' ? data.split(',') : [];
  const answers = addresses.map((data) => ({ type: 'A', name: question.name, ttl: 60, data }));
  const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | (data ? 0 : 3);
  return { type: 'response', id: query.id, flags, questions: query.questions, answers };
}

const udp = dgram.createSocket('udp4', (message, from) =>
  udp.send(packet.encode(reply(packet.decode(message))), from.port, from.address),
);
const tcp = net.createServer((socket) =>
  socket.on('data', (data) => socket.end(packet.streamEncode(reply(packet.streamDecode(data))))),
);
udp.bind(53, address, () => tcp.listen(53, address, () => console.log('ready')));
