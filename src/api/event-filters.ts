import type { EngineEvent } from '../engine/engine-api.ts';
import { type Filters, matchesText } from './filters.ts';

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

function concerns(event: EngineEvent, key: (typeof OBJECT_KEYS)[number], wanted: string): boolean {
  const { attributes, id } = event;
  if (event.type === key) {
    return id.startsWith(wanted) || [attributes['name'], stripTag(attributes['name'])].includes(wanted);
  }
  // Events of a network or volume name the container they are about; those of a container, its image.
  const related = attributes[key];
  if (related === undefined) return false;
  return related.startsWith(wanted) || matchesText(`^${wanted}(:|$)`, related);
}

function stripTag(name: string | undefined): string | undefined {
  return name?.replace(/:[^/:]+$/, '');
}
