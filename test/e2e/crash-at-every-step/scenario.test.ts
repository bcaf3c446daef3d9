import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { privateHost, type PrivateHost } from '../../helpers/host.ts';
import { example, page } from '../../helpers/scenario.ts';

interface PlanJson {
  readonly operations: readonly { readonly steps: readonly { readonly id: string }[] }[];
}

/** examples/hello with quick probes: what is tested is the healing, not the waiting. */
async function quickHello(host: PrivateHost): Promise<void> {
  const text = await readFile(`${example('hello')}/compose.yaml`, 'utf8');
  const quick = text.replaceAll('./', `${example('hello')}/`).replace('interval: 1s', 'interval: 100ms');
  await writeFile(`${host.folder}/compose.yaml`, quick);
}

async function stepsOf(host: PrivateHost, verb: string): Promise<string[]> {
  const plan = JSON.parse((await host.berth(verb)).stdout) as PlanJson;
  return plan.operations.flatMap(({ steps }) => steps.map(({ id }) => id));
}

/** Every step of the way up and of the way down, as the plans list them. */
async function everyStep(): Promise<{ up: string[]; down: string[] }> {
  await using host = await privateHost();
  await quickHello(host);
  const up = await stepsOf(host, 'plan --steps --json');
  await host.berth('up -d');
  const down = await stepsOf(host, 'down --dry-run --steps --json');
  await host.berth('down');
  return { up, down };
}

/** The engine dies at the step, so the command fails; one that never comes to the step succeeds. */
async function killedAt(host: PrivateHost, verb: string, fault: string): Promise<boolean> {
  const result = await host.berth(verb, { env: { BERTH_FAULT: fault }, allowFailure: true });
  return result.code !== 0;
}

const { up, down } = await everyStep();
const rounds = Array.from({ length: Math.max(up.length, down.length) }, (_, index) => ({
  up: up[index % up.length] ?? '',
  down: down[index % down.length] ?? '',
}));

describe.concurrent('an engine killed right before and right after a step', () => {
  it('finds steps to die at, up and down', ({ expect }) => {
    expect(up.length).toBeGreaterThan(20);
    expect(down.length).toBeGreaterThan(8);
    expect(new Set(up).size).toBe(up.length);
    expect(new Set(down).size).toBe(down.length);
  });

  for (const round of rounds)
    it(`heals at the next command: up at ${round.up}; down at ${round.down}`, async () => {
      await using host = await privateHost();
      const before = await host.snapshot();
      await quickHello(host);

      expect(await killedAt(host, 'up -d', `before:${round.up}`)).toBe(true);
      await killedAt(host, 'up -d', `after:${round.up}`);
      await host.berth('up -d');
      expect(await page(host, 'http://127.0.0.1:8080/')).toContain('Hello from Berth');

      await host.berth('engine stop');
      expect(await killedAt(host, 'down', `before:${round.down}`)).toBe(true);
      await killedAt(host, 'down', `after:${round.down}`);
      await host.berth('down');
      await host.expectClean(before);
    });
});
