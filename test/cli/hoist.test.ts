import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addGlobals } from '../../src/cli/globals.ts';
import { hoisted } from '../../src/cli/hoist.ts';
import { verbs } from '../../src/cli/verbs.ts';

async function read(line: string): Promise<string> {
  const argv = line.split(' ');
  const program = new Command('berth');
  addGlobals(program);
  const names = argv.filter((word) => verbs.some(({ name }) => name === word));
  const verb = await verbs.find(({ name }) => name === names[0])?.load();
  return verb ? hoisted(argv, program, verb).join(' ') : line;
}

it('global options may stand behind the verb', async () => {
  expect(await read('up -d --profile debug web')).toBe('--profile debug up -d web');
  expect(await read('-f a.yaml ps --project-name=shop -a')).toBe('-f a.yaml --project-name=shop ps -a');
  expect(await read('stop -p shop -t 3')).toBe('-p shop stop -t 3');
  expect(await read('pull --dry-run')).toBe('--dry-run pull');
});

it('what the verb takes itself stays with it', async () => {
  expect(await read('logs -f web')).toBe('logs -f web');
  expect(await read('run -p 80:80 web')).toBe('run -p 80:80 web');
  expect(await read('up --dry-run --timeout 3')).toBe('up --dry-run --timeout 3');
  expect(await read('logs --tail -f')).toBe('logs --tail -f');
});

it('a command that is passed on stays as it is', async () => {
  expect(await read('exec -T web ls --project-name -p')).toBe('exec -T web ls --project-name -p');
  expect(await read('--profile x run --rm web ps --profile y')).toBe(
    '--profile x run --rm web ps --profile y',
  );
  expect(await read('exec --profile x web ls')).toBe('--profile x exec web ls');
  expect(await read('network ls --format json')).toBe('network ls --format json');
});
