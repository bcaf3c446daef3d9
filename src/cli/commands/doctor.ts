import { Command } from 'commander';
import { BerthError } from '../../model/errors.ts';
import { verb } from '../action.ts';
import type { CliContext } from '../context.ts';
import { engineFor, rootsOf } from '../engine.ts';
import { examples } from '../overview.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('find what would break Berth on this machine, with the command that mends it')
    .option('--json', 'as JSON')
    .addHelpText('before', examples(['sudo berth doctor', 'berth doctor --json']))
    .addHelpText(
      'after',
      '\nNo engine is needed or started. Without root some things can not be seen. The exit code is 1 when there is a problem.',
    )
    .action(verb(doctor));
}

async function doctor(context: CliContext, flags: { json?: boolean }): Promise<number> {
  const { doctorFacts } = await import('../../engine/doctor/facts.ts');
  const { judge } = await import('../../engine/doctor/judge.ts');
  const engineAnswers = await answers(context);
  const findings = judge(await doctorFacts({ ...rootsOf(context.globals), engineAnswers }));
  const problems = findings.filter(({ status }) => status === 'problem');
  if (flags.json) {
    context.out.line(JSON.stringify({ healthy: problems.length === 0, findings }, undefined, 2));
    return problems.length === 0 ? 0 : 1;
  }
  const { colours } = context.out;
  const marks = {
    ok: colours.good('✔'),
    note: colours.warning('!'),
    problem: colours.bad('✘'),
    unknown: colours.faint('?'),
  };
  for (const { status, about, text, mend } of findings) {
    context.out.line(` ${marks[status]} ${about.padEnd(10)}  ${text}`);
    if (mend !== undefined) context.out.line(`   ${' '.repeat(10)}  ${mend}`);
  }
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  context.out.line(
    problems.length === 0 ? 'All is well.' : `${count}. The commands above mend what they stand under.`,
  );
  return problems.length === 0 ? 0 : 1;
}

async function answers(context: CliContext): Promise<boolean> {
  try {
    await engineFor(context, { spawn: false });
    return true;
  } catch (error) {
    if (error instanceof BerthError) return false;
    throw error;
  }
}
