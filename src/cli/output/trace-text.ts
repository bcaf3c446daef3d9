import type { Project } from '../../model/compose.ts';
import { formatRange } from '../../model/source.ts';
import type { TraceRemedy, TraceReport, TraceStep } from '../../model/trace.ts';
import type { Terminal } from '../context.ts';

interface About {
  readonly terminal: Terminal;
  /** For the places of remedies in the compose file. */
  readonly project: Project | undefined;
  readonly base: string;
}

/** What `berth trace` prints. */
export function traceText(report: TraceReport, about: About): string {
  const { colours } = about.terminal;
  const lines = [`${colours.strong(report.from)} → ${colours.strong(report.to)}`];
  report.steps.forEach((step, index) => lines.push(...stepLines(step, index + 1, about.terminal)));
  const attempt = report.probe ? ` (probe: ${report.probe.text})` : '';
  if (report.reachable) lines.push(`  ${colours.good('✔')} reachable${attempt}`);
  else
    lines.push(
      `  ${colours.bad('✘')} unreachable: ${report.reason}${attempt}`,
      ...remedyLines(report, about),
    );
  if (report.probe?.agrees === false) {
    lines.push(
      `  ${colours.warning('!')} the attempt says otherwise: something that is not seen from here decides`,
    );
  }
  return lines.map((line) => line + '\n').join('');
}

function stepLines(step: TraceStep, number: number, { colours }: Terminal): string[] {
  const mark = step.isEnd ? colours.bad(step.stage.padEnd(6)) : step.stage.padEnd(6);
  const count = step.packets === undefined ? '' : `   ${colours.faint(packetText(step.packets))}`;
  return [
    `  ${number}  ${mark}  ${step.text}${count}`,
    ...step.notes.map((note) => colours.faint(`             ${note}`)),
  ];
}

function packetText(packets: number): string {
  return packets === 1 ? '1 packet' : `${packets} packets`;
}

function remedyLines({ remedies }: TraceReport, { project, base }: About): string[] {
  const texts = remedies.map((remedy) => remedyText(remedy, project, base));
  return texts.map((text, index) =>
    index === 0 ? `    To change it: ${text}` : `              or: ${text}`,
  );
}

function remedyText(
  { text, command, composePath, project: name }: TraceRemedy,
  project: Project | undefined,
  base: string,
): string {
  const at = composePath && project?.name === name ? project?.at(composePath) : undefined;
  const place = at ? ` (${formatRange(at, base)})` : '';
  return `${text}${place}${command === undefined ? '' : `, or run: ${command}`}`;
}
