import { connect } from 'node:net';

/** One line to a server, one line back. */
export function ask(host, port, line, timeoutMs = 1000) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    socket.setEncoding('utf8').setTimeout(timeoutMs, () => socket.destroy(new Error(`${host} is silent`)));
    socket.on('connect', () => socket.write(`${line}\r\n`));
    socket.on('error', reject);
    socket.on('data', (data) => {
      text += data;
      if (text.endsWith('\n')) socket.end(() => resolve(text.trim()));
    });
  });
}
