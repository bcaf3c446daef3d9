import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addGlobals } from '../../src/cli/globals.ts';
import { verbs } from '../../src/cli/verbs.ts';

const page = readFileSync(new URL('../../docs/why.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter((cells) => /^\d+$/.test(cells[1] ?? ''));

/** The commands of `berth` in a cell, without the pipe in front. */
function commandsOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)]
    .map(([, code = '']) => code.replace(/^.*\\\| /, ''))
    .filter((code) => code.startsWith('berth '));
}

/** Reads the command line as the program would, and does nothing. */
async function parse(line: string): Promise<void> {
  const words = line.split(' ').slice(1);
  const program = addSilence(new Command('berth').enablePositionalOptions());
  addGlobals(program);
  for (const { name, load } of verbs) if (words.includes(name)) program.addCommand(addSilence(await load()));
  await program.parseAsync(words, { from: 'user' });
}

function addSilence(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  command.commands.forEach(addSilence);
  if (command.commands.length === 0) command.action(() => undefined);
  return command;
}

describe('the page that says why', () => {
  it('answers all 35', () => {
    expect(rows.map((cells) => Number(cells[1]))).toEqual(
      Array.from({ length: 35 }, (_, index) => index + 1),
    );
  });

  it.each(rows.map((cells) => [cells[1], cells[2], cells[4] ?? '']))(
    '%s has a command that the program takes: %s',
    async (_number, _pain, cell) => {
      const commands = commandsOf(cell);
      expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) await parse(command);
    },
  );

  it('would notice a flag that is not there', async () => {
    await expect(parse('berth up --frobnicate')).rejects.toThrow('unknown option');
    await expect(parse('berth frobnicate')).rejects.toThrow();
  });
});
