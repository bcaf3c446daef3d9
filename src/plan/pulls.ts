import type { Project, ServiceModel } from '../model/compose.ts';
import type { Cause, ResourceAddress } from '../model/plan.ts';
import type { Draft, PlanBuilder } from './builder.ts';
import { pullPolicyInvalid } from './errors.ts';
import { imagesOf } from './names.ts';
import type { ObservedState } from './observed.ts';
import type { UpRequest } from './request.ts';

/** When the image of a service is fetched; `seconds`: when what is here is older than that. */
export type PullPolicy =
  | { readonly kind: 'always' | 'missing' | 'never' | 'build' }
  | { readonly kind: 'every'; readonly seconds: number };

export interface PullQuestion {
  readonly project: Project;
  readonly observed: ObservedState;
  readonly request: Pick<UpRequest, 'pull' | 'pulled'>;
}

/** The policy of a service, or the one that the request has for all. Throws ComposeError PULL_POLICY_INVALID. */
export function pullPolicyOf({ project, request }: PullQuestion, service: string): PullPolicy {
  const model: ServiceModel = project.model.services[service] ?? {};
  const own = typeof model['pull_policy'] === 'string' ? model['pull_policy'] : undefined;
  const text = request.pull ?? own ?? (model.build ? 'build' : 'missing');
  const policy = readPolicy(text, model['pull_refresh_after']);
  if (!policy) throw pullPolicyInvalid({ project, service, text });
  return policy;
}

/** Why an image is fetched; undefined when it is not. */
export function pullCause(question: PullQuestion, service: string, image: string): Cause | undefined {
  const { project, observed, request } = question;
  const policy = pullPolicyOf(question, service);
  const text = reasonFor(policy, { image, observed, pulled: request.pulled === true });
  if (text === undefined || isOwnImage(image)) return undefined;
  const at = project.at(['services', service, 'image']) ?? project.at(['services', service]);
  return at ? { text, at } : { text };
}

/** Adds a pull for each image that is to be fetched, once; returns them by image. */
export function addPulls(
  question: PullQuestion & { readonly builder: PlanBuilder },
  wanted: readonly { readonly service: string; readonly image: string }[],
): Map<string, Draft> {
  const { project, builder } = question;
  const drafts = new Map<string, Draft>();
  for (const { service, image } of wanted) {
    if (drafts.has(image)) continue;
    const cause = pullCause(question, service, image);
    if (!cause) continue;
    const resource: ResourceAddress = { kind: 'image', name: image, key: service };
    const { platform } = project.model.services[service] ?? {};
    const detail = { kind: 'pull-image', ...(typeof platform === 'string' && { platform }) } as const;
    builder.change({ resource, verdict: 'pull', cause });
    drafts.set(image, builder.add({ resource, detail, cause }));
  }
  return drafts;
}

/** Every image of these services, with the first service that wants it. */
export function imagesWanted(
  project: Project,
  services: readonly string[],
): readonly { service: string; image: string }[] {
  return services.flatMap((service) =>
    imagesOf(project.model.services[service] ?? {}).map((image) => ({ service, image })),
  );
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function readPolicy(text: string, refreshAfter: unknown): PullPolicy | undefined {
  if (text === 'always' || text === 'never' || text === 'build' || text === 'missing') return { kind: text };
  if (text === 'if_not_present') return { kind: 'missing' };
  if (text === 'daily') return { kind: 'every', seconds: 86_400 };
  if (text === 'weekly') return { kind: 'every', seconds: 604_800 };
  if (text === 'refresh') return every(typeof refreshAfter === 'string' ? refreshAfter : '1d');
  return text.startsWith('every_') ? every(text.slice('every_'.length)) : undefined;
}

/** `1d12h`. */
function every(text: string): PullPolicy | undefined {
  if (!/^(\d+[wdhms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([wdhms])/g)];
  const seconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? 's'] ?? 1),
    0,
  );
  return { kind: 'every', seconds };
}

function reasonFor(
  policy: PullPolicy,
  about: { image: string; observed: ObservedState; pulled: boolean },
): string | undefined {
  const { image, observed, pulled } = about;
  if (policy.kind === 'never' || policy.kind === 'build') return undefined;
  if (observed.images[image] === undefined) return 'not there yet';
  if (pulled || policy.kind === 'missing') return undefined;
  if (policy.kind !== 'every') return 'pull policy: always';
  const ageSeconds = (observed.nowMs ?? 0) / 1000 - (observed.imageTimes?.[image] ?? 0) / 1000;
  return ageSeconds > policy.seconds ? `fetched over ${ageText(policy.seconds)} ago` : undefined;
}

function ageText(seconds: number): string {
  const unit = ['w', 'd', 'h', 'm'].find((name) => seconds % (UNIT_SECONDS[name] ?? 1) === 0) ?? 's';
  return `${seconds / (UNIT_SECONDS[unit] ?? 1)} ${unit}`;
}

/** The machine's own root file system is in no registry. */
function isOwnImage(image: string): boolean {
  return /^(docker\.io\/)?berth\/host(:latest)?$/.test(image);
}
