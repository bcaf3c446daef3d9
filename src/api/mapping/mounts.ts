import type Docker from 'dockerode';
import type { ContainerRecord, MountPoint, MountSpec } from '../../model/container.ts';
import { badRequest, notSupported } from '../errors.ts';
import type { BodyReader } from './body-reader.ts';

/** Everything that a create body mounts: `HostConfig.Binds`, `.Mounts`, `.Tmpfs`. */
export function mountSpecs(hostConfig: BodyReader): readonly MountSpec[] {
  const mounts = [
    ...hostConfig.list('Binds').map(bindSpec),
    ...hostConfig.objects('Mounts').map(mountSpec),
    ...Object.entries(hostConfig.texts('Tmpfs')).map(tmpfsSpec),
  ];
  const targets = new Set<string>();
  for (const { target } of mounts) {
    if (targets.has(target)) throw badRequest(`Duplicate mount point: ${target}`);
    targets.add(target);
  }
  return mounts;
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
const HARMLESS_MODES = ['rw', '', 'consistent', 'cached', 'delegated', 'default', 'z', 'Z'];

/** `source:target[:modes]`, or an anonymous volume's `target`. */
function bindSpec(text: string): MountSpec {
  const [first = '', second, modes = '', ...rest] = text.split(':');
  if (rest.length > 0) throw badRequest(`invalid volume specification: '${text}'`);
  const source = second === undefined ? '' : first;
  const target = cleanTarget(second ?? first, text);
  const list = modes.split(',');
  const propagation = list.find((mode) => PROPAGATIONS.includes(mode));
  const known = [...PROPAGATIONS, ...HARMLESS_MODES, 'ro', ...(source.startsWith('/') ? [] : ['nocopy'])];
  if (list.some((mode) => !known.includes(mode))) throw badRequest(`invalid mode: ${modes}`);
  const readOnly = list.includes('ro');
  if (source.startsWith('/')) {
    return {
      type: 'bind',
      source,
      target,
      readOnly,
      shortMode: modes,
      createHostPath: true,
      ...(propagation && { propagation }),
    };
  }
  if (source !== '' && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(source)) {
    throw badRequest(
      `create ${source}: "${source}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  if (propagation !== undefined)
    throw badRequest(`invalid mount config for type "volume": invalid mode: ${modes}`);
  return {
    type: 'volume',
    source,
    target,
    readOnly,
    shortMode: modes,
    ...(list.includes('nocopy') && { noCopy: true }),
  };
}

function cleanTarget(target: string, specification: string): string {
  if (!target.startsWith('/')) {
    throw badRequest(`invalid volume specification: '${specification}': mount path must be absolute`);
  }
  const clean = target.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
  if (clean === '/') {
    throw badRequest(`invalid volume specification: '${specification}': destination can't be '/'`);
  }
  return clean;
}

/** One of `HostConfig.Mounts`. */
function mountSpec(body: BodyReader): MountSpec {
  const type = body.text('Type');
  const mistake = (text: string): Error => badRequest(`invalid mount config for type "${type}": ${text}`);
  const target = body.text('Target');
  if (target === '') throw mistake('field Target must not be empty');
  if (!target.startsWith('/')) throw mistake(`invalid mount path: '${target}' mount path must be absolute`);
  refuseForeignOptions(body, type);
  const common = { target: cleanTarget(target, target), readOnly: body.flag('ReadOnly') };
  const source = body.text('Source');
  switch (type) {
    case 'bind':
      if (source === '') throw mistake('field Source must not be empty');
      if (!source.startsWith('/'))
        throw mistake(`invalid mount path: '${source}' mount path must be absolute`);
      return { type, source, ...common, ...bindOptions(body.object('BindOptions')) };
    case 'volume':
      return { type, source, ...common, ...volumeOptions(body.object('VolumeOptions')) };
    case 'tmpfs':
      if (source !== '') throw mistake('field Source must not be specified');
      return { type, source, ...common, ...tmpfsOptions(body.object('TmpfsOptions')) };
    case 'image':
      if (source === '') throw mistake('field Source must not be empty');
      return { type, source, ...common, readOnly: true, ...subpathOf(body.object('ImageOptions')) };
    case 'cluster':
    case 'npipe':
      throw notSupported(`a mount of type "${type}"`);
    default:
      throw badRequest(`invalid mount config for type "${type}": mount type unknown`);
  }
}

const OPTIONS_OF: Readonly<Record<string, string>> = {
  BindOptions: 'bind',
  VolumeOptions: 'volume',
  TmpfsOptions: 'tmpfs',
};

function refuseForeignOptions(body: BodyReader, type: string): void {
  for (const [name, owner] of Object.entries(OPTIONS_OF)) {
    if (owner === type || !body.has(name)) continue;
    throw badRequest(`invalid mount config for type "${type}": field ${name} must not be specified`);
  }
}

function bindOptions(body: BodyReader): Partial<MountSpec> {
  const propagation = body.text('Propagation');
  if (propagation !== '' && !PROPAGATIONS.includes(propagation)) {
    throw badRequest(`invalid propagation mode: ${propagation}`);
  }
  return {
    createHostPath: body.flag('CreateMountpoint'),
    ...(propagation && { propagation }),
    ...(body.flag('NonRecursive') && { nonRecursive: true }),
    ...(body.flag('ReadOnlyNonRecursive') && { readOnlyNonRecursive: true }),
  };
}

function subpathOf(body: BodyReader): Partial<MountSpec> {
  const subpath = body.text('Subpath');
  if (subpath.startsWith('/')) throw badRequest(`invalid subpath: '${subpath}' must be a relative path`);
  return subpath === '' ? {} : { subpath };
}

function volumeOptions(body: BodyReader): Partial<MountSpec> {
  const driver = body.object('DriverConfig');
  return {
    ...(body.flag('NoCopy') && { noCopy: true }),
    ...subpathOf(body),
    ...(body.has('Labels') && { volumeLabels: body.texts('Labels') }),
    ...(driver.text('Name') && { volumeDriver: driver.text('Name') }),
    ...(driver.has('Options') && { volumeOptions: driver.texts('Options') }),
  };
}

function tmpfsOptions(body: BodyReader): Partial<MountSpec> {
  const options = body
    .values('Options')
    .map((option) => (option as readonly unknown[]).map(String).join('='));
  return {
    ...(options.length > 0 && { tmpfsExtra: options.join(',') }),
    ...(body.number('SizeBytes') > 0 && { tmpfsSizeBytes: body.number('SizeBytes') }),
    ...(body.number('Mode') > 0 && { tmpfsMode: body.number('Mode') }),
  };
}

function tmpfsSpec([target, tmpfsOptions]: [string, string]): MountSpec {
  return {
    type: 'tmpfs',
    source: '',
    target: cleanTarget(target, target),
    readOnly: tmpfsOptions.split(',').includes('ro'),
    tmpfsOptions,
  };
}

export type MountBody = Docker.ContainerInspectInfo['Mounts'][number];

/** `Mounts` of a container: where things really come from. */
export function mountBodies({ mounts, spec }: ContainerRecord): MountBody[] {
  // Docker keeps what came as `HostConfig.Tmpfs` out of this list.
  const plain = spec.mounts
    .filter(({ tmpfsOptions }) => tmpfsOptions !== undefined)
    .map(({ target }) => target);
  const listed = mounts.filter(({ target }) => !plain.includes(target));
  const asked = new Set(spec.mounts.map(({ target }) => target));
  return [
    ...listed.map((mount) => ({ ...mountBody(mount), Mode: modeOf(mount, asked.has(mount.target)) })),
    ...(spec.files ?? []).map(({ target }) => grantedFileBody(target)),
  ];
}

/** A secret or config: what it is, and nothing about what is in it. */
function grantedFileBody(target: string): MountBody {
  return { Type: 'tmpfs', Source: '', Destination: target, Mode: 'ro', RW: false, Propagation: '' };
}

function mountBody(mount: MountPoint): Omit<MountBody, 'Mode'> {
  return {
    Type: mount.type,
    ...((mount.type === 'volume' || mount.type === 'image') && { Name: mount.name }),
    Source: mount.source,
    Destination: mount.target,
    ...(mount.type === 'volume' && { Driver: 'local' }),
    RW: !mount.readOnly,
    Propagation: mount.type === 'bind' ? mount.propagation || 'rprivate' : '',
  };
}

/** As it was written; for volumes dockerd has a label in its place. */
function modeOf({ type, spec }: MountPoint, isAsked: boolean): string {
  return spec.shortMode || (type === 'volume' && isAsked ? 'z' : '');
}

/** A mount as `HostConfig.Mounts` has it. */
export function mountRequest(spec: MountSpec): object {
  return {
    Type: spec.type,
    ...(spec.source && { Source: spec.source }),
    Target: spec.target,
    ...(spec.readOnly && { ReadOnly: true }),
    ...(spec.type === 'bind' && { BindOptions: bindRequest(spec) }),
    ...(spec.type === 'volume' && { VolumeOptions: volumeRequest(spec) }),
    ...(spec.type === 'image' && spec.subpath && { ImageOptions: { Subpath: spec.subpath } }),
    ...(spec.type === 'tmpfs' && { TmpfsOptions: { SizeBytes: spec.tmpfsSizeBytes, Mode: spec.tmpfsMode } }),
  };
}

function bindRequest(spec: MountSpec): object {
  return {
    ...(spec.propagation && { Propagation: spec.propagation }),
    ...(spec.nonRecursive && { NonRecursive: true }),
    ...(spec.createHostPath && { CreateMountpoint: true }),
    ...(spec.readOnlyNonRecursive && { ReadOnlyNonRecursive: true }),
  };
}

function volumeRequest(spec: MountSpec): object {
  return {
    ...(spec.noCopy && { NoCopy: true }),
    ...(spec.subpath && { Subpath: spec.subpath }),
    ...(spec.volumeLabels && { Labels: spec.volumeLabels }),
    ...(spec.volumeDriver && {
      DriverConfig: { Name: spec.volumeDriver, Options: spec.volumeOptions ?? {} },
    }),
  };
}
