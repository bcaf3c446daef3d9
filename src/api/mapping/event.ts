import type { EngineEvent } from '../../engine/engine-api.ts';

/** One event as a JSON line, with Docker's newer and older names. Nanoseconds do not fit a number, so their digits are set in as text. */
export function eventLine(event: EngineEvent): string {
  const older =
    event.type === 'container' || event.type === 'image'
      ? { status: event.action, id: event.id, from: event.attributes['image'] ?? '' }
      : {};
  const body = JSON.stringify({
    ...older,
    Type: event.type,
    Action: event.action,
    Actor: { ID: event.id, Attributes: event.attributes },
    scope: 'local',
    time: Number(event.timeNs / 1_000_000_000n),
  });
  return `${body.slice(0, -1)},"timeNano":${event.timeNs}}\n`;
}
