import { dirname } from 'node:path';
import { canonicalService } from './canonical/canonical.ts';
import { absoluteFrom } from './environment/project-environment.ts';
import * as mistakes from './errors.ts';
import { interpolateTree } from './interpolate/interpolate.ts';
import { parseLayer } from './layer.ts';
import type { LayerContext } from './layer.ts';
import { mergeModels, mergeServices } from './merge/merge-models.ts';
import { isRemote, resolveServicePaths } from './paths.ts';
import { closest } from './text/closest.ts';
import { readSource } from './text/read-source.ts';
import type { Mark } from './text/source-text.ts';
import { child, isNull, mapFrom, textOf, withKey, withoutKey } from './tree/node.ts';
import type { MapNode, Node } from './tree/node.ts';

/** Where a document comes from, for the services that it extends. */
export interface ExtendsContext extends LayerContext {
  /** Absolute path of the file that holds the document. */
  readonly file: string;
}

/** A service to be made whole, in the file that it stands in. */
interface Request {
  readonly name: string;
  readonly services: MapNode;
  readonly file: string;
  /** Where relative `extends.file` paths start. */
  readonly folder: string;
}

interface Link {
  readonly service: string;
  readonly file: string;
}

/** A document in which each service that extends another one stands merged on it, the base first. */
export function applyExtends(document: MapNode, context: ExtendsContext): MapNode {
  const services = child(document, 'services');
  if (services?.kind !== 'map') return document;
  const resolver = new Resolver(context, services);
  let result = services;
  for (const [name, { value }] of services.entries) {
    if (child(value, 'extends') === undefined) continue;
    const request: Request = { name, services, file: context.file, folder: context.workingDir };
    const whole = resolver.resolve(request, []);
    if (whole !== undefined) result = withKey(result, name, whole);
  }
  return result === services ? document : withKey(document, 'services', result);
}

class Resolver {
  readonly #context: ExtendsContext;
  /** Services of other files by file, read once. */
  readonly #files = new Map<string, MapNode | undefined>();
  readonly #done = new Map<string, Node | undefined>();

  constructor(context: ExtendsContext, services: MapNode) {
    this.#context = context;
    this.#files.set(context.file, services);
  }

  /** The service with all that it extends; `undefined` when that was reported as impossible. */
  resolve(request: Request, chain: readonly Link[]): Node | undefined {
    const service = child(request.services, request.name);
    const extending = child(service, 'extends');
    if (service?.kind !== 'map' || extending === undefined) return service;
    const key = `${request.file}\0${request.name}`;
    if (!this.#done.has(key))
      this.#done.set(
        key,
        this.#extend(request, service, [...chain, { service: request.name, file: request.file }]),
      );
    return this.#done.get(key);
  }

  #extend(request: Request, service: MapNode, chain: readonly Link[]): Node | undefined {
    const own = withoutKey(service, 'extends');
    const target = this.#target(request, child(service, 'extends'));
    if (target === undefined) {
      this.#context.diagnostics.taint(['services', request.name]);
      return own;
    }
    const { name, mark, from } = target;
    const seen = chain.findIndex((link) => link.service === name && link.file === from.file);
    if (seen !== -1) {
      const links = [...chain.slice(seen), { service: name, file: from.file }];
      this.#context.diagnostics.report(mistakes.extendsCycle(links, mark), ['services', request.name]);
      return own;
    }
    const base = this.#base({ ...from, name }, { request, chain });
    if (base === undefined) return own;
    if (isNull(base)) return withKey(own, 'extends', linkTo({ name, file: from.file, request, mark }));
    return mergeServices(base, own, { name: request.name, diagnostics: this.#context.diagnostics });
  }

  /** The base, whole and in canonical form, its paths absolute when it comes from another file. */
  #base(from: Request, { request, chain }: { request: Request; chain: readonly Link[] }): Node | undefined {
    const base = this.resolve(from, chain);
    if (base === undefined || from.file === request.file) return base;
    const { diagnostics, interpolate, environment } = this.#context;
    const canonical = canonicalService(base, {
      name: from.name,
      context: { diagnostics, interpolated: interpolate },
    });
    return resolveServicePaths(canonical, { name: from.name, workingDir: dirname(from.file), environment });
  }

  /** Which service of which file is meant. */
  #target(
    request: Request,
    extending: Node | undefined,
  ): { name: string; mark: Mark; from: Request } | undefined {
    const { diagnostics } = this.#context;
    if (extending === undefined) return undefined;
    const service = extending.kind === 'map' ? child(extending, 'service') : extending;
    const name = textOf(service);
    if (service === undefined || name === undefined) {
      diagnostics.report(badExtends(request.name, extending), ['services', request.name]);
      return undefined;
    }
    const path = child(extending, 'file');
    const from = path === undefined ? request : this.#otherFile(request, path);
    if (from === undefined) return undefined;
    if (from.services.entries.has(name)) return { name, mark: service.mark, from };
    diagnostics.report(
      mistakes.extendsUnknown({
        service: request.name,
        base: name,
        file: request.file,
        baseFile: path === undefined ? undefined : from.file,
        mark: service.mark,
        suggestion: closest(name, from.services.entries.keys()),
      }),
      ['services', request.name],
    );
    return undefined;
  }

  #otherFile(request: Request, path: Node): Request | undefined {
    const text = textOf(path);
    if (text === undefined) {
      this.#context.diagnostics.report(badExtends(request.name, path), ['services', request.name]);
      return undefined;
    }
    if (isRemote(text)) {
      this.#context.diagnostics.report(mistakes.remoteResource(text, path.mark), ['services', request.name]);
      return undefined;
    }
    const file = absoluteFrom(request.folder, text);
    const services = this.#services(file, path.mark);
    return services && { name: '', services, file, folder: dirname(file) };
  }

  #services(file: string, mark: Mark): MapNode | undefined {
    if (!this.#files.has(file)) this.#files.set(file, this.#readServices(file, mark));
    return this.#files.get(file);
  }

  #readServices(file: string, mark: Mark): MapNode | undefined {
    const { diagnostics, interpolate } = this.#context;
    const source = readSource(file, { diagnostics, mark });
    if (source === undefined) return undefined;
    let model: Node | undefined;
    for (const document of parseLayer(source, diagnostics).documents) {
      const whole = interpolate ? interpolateTree(document, this.#context) : document;
      model = model === undefined ? whole : mergeModels(model, whole, diagnostics);
    }
    const services = child(model, 'services');
    return services?.kind === 'map' ? services : mapFrom({}, { source, start: 0, end: 0 });
  }
}

/** An empty base gives nothing; what is printed then still says where it was looked for. */
function linkTo({
  name,
  file,
  request,
  mark,
}: {
  name: string;
  file: string;
  request: Request;
  mark: Mark;
}): Node {
  return mapFrom({ ...(file !== request.file && { file }), service: name }, mark);
}

function badExtends(service: string, node: Node): ReturnType<typeof mistakes.missingKey> {
  return mistakes.missingKey({
    path: `services.${service}.extends`,
    key: 'service',
    mark: node.mark,
    hint: 'write `extends: name`, or `extends:` with `service: name` and `file: path` below it',
  });
}
