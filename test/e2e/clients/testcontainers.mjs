// What programs do with Testcontainers, each line checked. Prints `all held`.
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { DockerComposeEnvironment, GenericContainer, Network, Wait } from 'testcontainers';

const server = `require('http')
  .createServer((request, response) => response.end('hello ' + request.url))
  .listen(8080, () => console.log('listening'))`;
const serving = () =>
  new GenericContainer('berth/host').withCommand(['node', '-e', server]).withExposedPorts(8080);
const ask = async (container, path) =>
  (await fetch(`http://${container.getHost()}:${container.getMappedPort(8080)}${path}`)).text();

const network = await new Network().start();
const api = await serving()
  .withNetwork(network)
  .withNetworkAliases('api')
  .withEnvironment({ COLOUR: 'blue' })
  .withCopyContentToContainer([{ content: 'given', target: '/tmp/given' }])
  .withWaitStrategy(Wait.forLogMessage('listening'))
  .start();
assert.equal(await ask(api, '/x'), 'hello /x');

const result = await api.exec(['sh', '-c', 'echo $COLOUR; cat /tmp/given; exit 3']);
assert.deepEqual([result.output, result.exitCode], ['blue\ngiven', 3]);

const client = await serving().withNetwork(network).withWaitStrategy(Wait.forListeningPorts()).start();
const get = "require('http').get('http://api:8080/y', (answer) => answer.pipe(process.stdout))";
assert.equal((await client.exec(['node', '-e', get])).output, 'hello /y');

const probe = { test: ['CMD', 'true'], interval: 200, timeout: 5000, retries: 3, startPeriod: 0 };
const healthy = await serving().withHealthCheck(probe).withWaitStrategy(Wait.forHealthCheck()).start();
const answering = await serving().withWaitStrategy(Wait.forHttp('/', 8080)).start();

await api.copyFilesToContainer([{ source: process.argv[1], target: '/tmp/script' }]);
assert.match((await api.exec(['head', '-n', '1', '/tmp/script'])).output, /Testcontainers/);
await api.restart();
assert.equal(await ask(api, '/again'), 'hello /again');
// The stream of its logs does not keep a process alive.
const alive = setInterval(() => undefined, 1000);
let said = '';
for await (const line of await api.logs()) {
  said += line;
  if (said.includes('listening')) break;
}
clearInterval(alive);

const sleeper = () => new GenericContainer('berth/host').withCommand(['sleep', '600']).withReuse().start();
const [first, second] = [await sleeper(), await sleeper()];
assert.equal(first.getId(), second.getId());

const folder = await mkdtemp(`${process.argv[2]}/compose-`);
const compose = {
  services: { web: { image: 'berth/host', command: ['node', '-e', server], ports: ['8080'] } },
};
await writeFile(`${folder}/compose.json`, JSON.stringify(compose));
const stack = await new DockerComposeEnvironment(folder, 'compose.json')
  .withWaitStrategy('web-1', Wait.forLogMessage('listening'))
  .up();
assert.equal(await ask(stack.getContainer('web-1'), '/stack'), 'hello /stack');
await stack.down();

await Promise.all(
  [api, client, healthy, answering, first].map((container) => container.stop({ timeout: 0 })),
);
await network.stop();
console.log('all held');
