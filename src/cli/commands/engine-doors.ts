import { readText } from '../../host/files.ts';
import { UsageError } from '../../model/errors.ts';

export interface DoorFlags {
  readonly host?: string;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
}

/** What `engine run` is asked to open beside its socket. Throws UsageError ENGINE_ADDRESS. */
export function doorsOf(
  flags: DoorFlags,
): { host: string; port: number; ca: string; cert: string; key: string }[] {
  if (flags.host === undefined) return [];
  const match = /^tcp:\/\/(\[[0-9a-f:]+\]|[^:/]+):(\d{1,5})$/i.exec(flags.host);
  if (!match) throw refused(`${flags.host} is not an address`, 'Write --host tcp://127.0.0.1:2376');
  if (!flags.tlsverify) {
    throw refused(
      'whoever reaches the engine is root on this machine: over TCP it lets in only who shows a certificate',
      'Add --tlsverify --tlscacert ca.pem --tlscert cert.pem --tlskey key.pem, or reach the socket by ssh.',
    );
  }
  return [
    {
      host: (match[1] ?? '').replace(/^\[|\]$/g, ''),
      port: Number(match[2]),
      ca: pem('--tlscacert', flags.tlscacert),
      cert: pem('--tlscert', flags.tlscert),
      key: pem('--tlskey', flags.tlskey),
    },
  ];
}

function pem(flag: string, path: string | undefined): string {
  if (path === undefined) throw refused(`${flag} is missing`, '--tlsverify needs all three files.');
  const text = readText(path);
  if (text === undefined) throw refused(`${flag}: there is no file ${path}`, 'Correct the path.');
  return text;
}

function refused(message: string, hint: string): UsageError {
  return new UsageError('ENGINE_ADDRESS', message, { hint });
}
