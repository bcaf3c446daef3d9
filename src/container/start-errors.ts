import type { BerthError } from '../model/errors.ts';
import { commandNotExecutable, commandNotFound, containerStartFailed } from './errors.ts';

/** What the runtime said about a container that it could not create, as an error that says who can mend it. */
export function startErrorFor(details: {
  readonly container: string;
  /** The program that was to run. */
  readonly program: string;
  readonly message: string;
  readonly command: string;
}): BerthError {
  const { container, program, command } = details;
  const message = plainText(details.message);
  if (NOT_FOUND.some((pattern) => pattern.test(message))) return commandNotFound(container, program);
  if (NOT_EXECUTABLE.some((pattern) => pattern.test(message)))
    return commandNotExecutable(container, program);
  const reason = message === '' ? 'the container monitor ended without a word' : message;
  return containerStartFailed(container, { reason, command, stderr: message });
}

/** The exit code that Docker gives a container that could not start. */
export function exitCodeForStartError(code: string): number {
  if (code === 'CONTAINER_COMMAND_NOT_FOUND') return 127;
  return code === 'CONTAINER_COMMAND_NOT_EXECUTABLE' ? 126 : 128;
}

const NOT_FOUND = [
  /executable file .*not found/i,
  /exec: ".*": stat .*no such file/i,
  /open executable: No such file/i,
  /exec.*: no such file or directory$/i,
];
const NOT_EXECUTABLE = [
  /exec(utable)?\b.*permission denied/i,
  /open executable: Operation not permitted/i,
  /is a directory$/i,
];

/** The runtimes write plain lines, lines of JSON, or lines of `key="value"`, depending on which and on who asks. */
function plainText(message: string): string {
  return message
    .split('\n')
    .map((line) => {
      const quoted = /"msg":\s*"((?:[^"\\]|\\.)*)"|\bmsg="((?:[^"\\]|\\.)*)"/.exec(line);
      return (quoted?.[1] ?? quoted?.[2] ?? line).replaceAll('\\"', '"');
    })
    .join('\n')
    .trim();
}
