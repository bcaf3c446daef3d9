import { ageText } from '../../model/age.ts';
import type { PublishedPort, Replica } from '../../stack/ps.ts';

/** A replica with the keys of Docker Compose's `ps --format json`, for programs that were written for it. */
export function composeRow(
  replica: Replica,
  projectName: string,
  { trunc }: { trunc: boolean },
): Readonly<Record<string, unknown>> {
  return {
    ID: trunc ? replica.id.slice(0, 12) : replica.id,
    Name: replica.name,
    Names: replica.name,
    Image: replica.image,
    Command: JSON.stringify(replica.command),
    Project: projectName,
    Service: replica.service,
    State: replica.state,
    Status: replica.status,
    Health: replica.health === 'none' ? '' : replica.health,
    ExitCode: replica.exitCode,
    Publishers: replica.ports.map((port) => ({
      URL: port.hostIp,
      TargetPort: port.containerPort,
      PublishedPort: port.hostPort,
      Protocol: port.protocol,
    })),
    Ports: portTexts(replica).join(', '),
    Labels: Object.entries(replica.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    Mounts: replica.mounts.join(','),
    LocalVolumes: String(replica.mounts.filter((mount) => !mount.startsWith('/')).length),
    Networks: replica.networks.map(({ name }) => name).join(','),
    RunningFor: `${ageText(Date.now() / 1000 - replica.created)} ago`,
    CreatedAt: new Date(replica.created * 1000).toISOString(),
    Size: '0B',
  };
}

/**
 * `0.0.0.0:8080->80/tcp`, and `80/tcp` for a port that is exposed only. As with Docker, neighbours become one range
 * where host and container have the same numbers: `0.0.0.0:80-82->80-82/tcp`.
 */
export function portTexts(replica: Replica): string[] {
  const runs: Run[] = [];
  for (const port of replica.ports) {
    const run = runs.find((candidate) => continues(candidate, port));
    if (run) run.last = port.containerPort;
    else runs.push({ port, last: port.containerPort });
  }
  return runs.map(runText);
}

interface Run {
  readonly port: PublishedPort;
  last: number;
}

function continues({ port, last }: Run, next: PublishedPort): boolean {
  const isSamePlace = port.hostIp === next.hostIp && port.protocol === next.protocol;
  return (
    isSamePlace &&
    isEqual(port) &&
    isEqual(next) &&
    next.containerPort === last + 1 &&
    (port.hostPort === 0) === (next.hostPort === 0)
  );
}

/** Exposed only, or published under its own number. */
function isEqual({ hostPort, containerPort }: PublishedPort): boolean {
  return hostPort === 0 || hostPort === containerPort;
}

function runText({ port, last }: Run): string {
  const { hostIp, hostPort, containerPort, protocol } = port;
  const rest = last > containerPort ? `-${last}` : '';
  const inside = `${containerPort}${rest}/${protocol}`;
  if (hostPort === 0) return inside;
  return `${hostIp.includes(':') ? `[${hostIp}]` : hostIp}:${hostPort}${rest}->${inside}`;
}
