import type { EngineEvent } from '../engine/engine-api.ts';
import type { Filters } from './filters.ts';

/** Object types whose filter asks for an object of that type by id or name. */
const OBJECT_KEYS = ['container', 'network', 'volume', 'image'] as const;

/** Keys for objects that this engine never has: asking for one leaves nothing. */
const FOREIGN_KEYS = ['config', 'daemon', 'node', 'plugin', 'secret', 'service'];

export function eventMatches(event: EngineEvent, filters: Filters): boolean {
  return (
    filters.any('type', (wanted) => wanted === event.type) &&
    filters.any('event', (wanted) => isAction(event.action, wanted)) &&
    filters.any('scope', (wanted) => wanted === 'local') &&
    filters.labels(event.attributes) &&
    OBJECT_KEYS.every((key) => filters.any(key, (wanted) => concerns(event, key, wanted))) &&
    !FOREIGN_KEYS.some((key) => filters.has(key))
  );
}

/** `health_status` asks for `health_status: healthy` too. */
function isAction(action: string, wanted: string): boolean {
  return action === wanted || action.startsWith(`${wanted}: `);
}

/** Containers and networks by the beginning of id or name, volumes as a whole, images with or without their tag. */
function concerns(event: EngineEvent, key: (typeof OBJECT_KEYS)[number], wanted: string): boolean {
  const { attributes, id, type } = event;
  if (key === 'image') {
    const name = type === 'image' ? attributes['name'] : attributes['image'];
    return [id, stripTag(id), name, stripTag(name)].includes(wanted);
  }
  if (type !== key) return false;
  if (key === 'volume') return [id, attributes['name']].includes(wanted);
  return id.startsWith(wanted) || (attributes['name'] ?? '').startsWith(wanted);
}

function stripTag(name: string | undefined): string | undefined {
  return name?.replace(/:[^/:]+$/, '');
}
