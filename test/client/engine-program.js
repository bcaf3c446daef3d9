// Stands for `berth engine run --detached` in tests: takes the arguments, serves `_ping` and `/berth/*`, reports on
// descriptor 3. `mode` (first argument): `ready`, `error`, `silent`, `dies`.
import { appendFileSync, closeSync, linkSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

const [mode, version, ...rest] = process.argv.slice(2);
const runRoot = rest[rest.indexOf('--run-root') + 1];
const lock = `${runRoot}/lock`;
appendFileSync(`${runRoot}/starts`, `${process.pid} ${process.cwd()} ${rest.join(' ')}\n`);

if (mode === 'error')
  fail({ code: 'HOST_PROGRAM_MISSING', message: 'iptables is missing', hint: 'apt-get install iptables' });
else if (mode === 'dies') {
  process.stderr.write('the last words\n');
  process.exit(1);
} else if (mode === 'silent') setTimeout(() => process.exit(0), 2000);
else if (!takeLock()) fail({ code: 'ENGINE_RUNNING', message: 'another engine serves' });
else serve();

function takeLock() {
  writeFileSync(`${lock}.${process.pid}`, '');
  try {
    linkSync(`${lock}.${process.pid}`, lock);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(`${lock}.${process.pid}`);
  }
}

function serve() {
  const server = createServer((request, response) => {
    response.setHeader('Server', `Berth/${version} (linux)`);
    if (request.url === '/berth/hold') return response.writeHead(200).flushHeaders();
    if (request.url === '/berth/stop') setTimeout(leave, 10);
    response.end(JSON.stringify({ version, pid: process.pid, containersRunning: 0 }));
  });
  const leave = () => {
    rmSync(`${runRoot}/docker.sock`, { force: true });
    rmSync(lock, { force: true });
    process.exit(0);
  };
  process.on('SIGTERM', leave);
  // As a real one, it takes a moment: the other of two commands finds the lock held and no socket yet.
  setTimeout(() => {
    rmSync(`${runRoot}/docker.sock`, { force: true });
    server.listen(`${runRoot}/docker.sock`, () => report('ready\n'));
  }, 100);
  setTimeout(leave, 20_000).unref();
}

function fail(error) {
  report(`error ${JSON.stringify(error)}\n`);
  process.exit(1);
}

function report(line) {
  writeSync(3, line);
  closeSync(3);
}
