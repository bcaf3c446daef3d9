import type Dockerode from 'dockerode';
import type { PortModel, Project, ServiceModel, ServiceNetworkModel } from '../model/compose.ts';
import { containerName, networkName } from '../plan/names.ts';
import type { WantedContainer } from '../plan/request.ts';
import { defined, textOf, textsOf } from './values.ts';

/** `NetworkingConfig.EndpointsConfig`: the networks in the order in which they become eth0, eth1, … */
export function endpointsConfig(
  project: Project,
  wanted: WantedContainer,
  service: ServiceModel,
): Record<string, Dockerode.EndpointSettings> {
  const keys = attachmentOrder(service);
  const links = linkTexts(project, service);
  const entries = keys.map((key, index) => {
    const settings = service.networks?.[key] ?? {};
    const mac = settings.mac_address ?? (index === 0 ? textOf(service['mac_address']) : undefined);
    const aliases = [wanted.service, ...(settings.aliases ?? [])];
    const wishes = addressWishes(project, wanted, key);
    return [networkName(project, key), endpointSettings({ settings, mac, aliases, links, wishes })] as const;
  });
  return Object.fromEntries(entries);
}

/** `HostConfig.NetworkMode`: the first network stands for all of them. */
export function networkMode(project: Project, service: ServiceModel): string {
  const mode = service.network_mode;
  if (mode?.startsWith('service:')) {
    const target = mode.slice('service:'.length);
    return `container:${containerName({ project, service: target, number: 1 })}`;
  }
  if (mode !== undefined) return mode;
  const [first] = attachmentOrder(service);
  return first === undefined ? 'none' : networkName(project, first);
}

/** `HostConfig.PortBindings`. A range of host ports stays a range: one free port of it is taken. */
export function portBindings(
  ports: readonly PortModel[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const key = `${port.target}/${port.protocol ?? 'tcp'}`;
    (bindings[key] ??= []).push({ HostIp: port.host_ip ?? '', HostPort: port.published ?? '' });
  }
  return bindings;
}

export function exposedPorts(service: ServiceModel): Record<string, object> | undefined {
  const published = (service.ports ?? []).map((port) => `${port.target}/${port.protocol ?? 'tcp'}`);
  const all = [...published, ...(service.expose ?? []).flatMap(expandExposed)];
  return all.length === 0 ? undefined : Object.fromEntries(all.map((port) => [port, {}]));
}

/** Higher `priority` first; otherwise the order of the file. */
function attachmentOrder(service: ServiceModel): string[] {
  if (service.network_mode !== undefined) return [];
  const networks = service.networks ?? {};
  const priority = (key: string) => networks[key]?.priority ?? 0;
  return Object.keys(networks).sort((a, b) => priority(b) - priority(a));
}

function endpointSettings(about: {
  settings: ServiceNetworkModel;
  mac: string | undefined;
  aliases: string[];
  links: string[];
  wishes: Record<string, string>;
}): Dockerode.EndpointSettings {
  const { settings, mac, aliases, links, wishes } = about;
  const addresses = defined({
    IPv4Address: settings.ipv4_address,
    IPv6Address: settings.ipv6_address,
    LinkLocalIPs: settings.link_local_ips,
  });
  const options = {
    ...wishes,
    ...settings.driver_opts,
    ...(settings.interface_name !== undefined && {
      'com.docker.network.endpoint.ifname': settings.interface_name,
    }),
  };
  return defined({
    Aliases: aliases,
    Links: links.length > 0 ? links : undefined,
    IPAMConfig: Object.keys(addresses).length > 0 ? addresses : undefined,
    MacAddress: mac,
    DriverOpts: Object.keys(options).length > 0 ? options : undefined,
    GwPriority: settings.gw_priority,
  }) as Dockerode.EndpointSettings;
}

/**
 * What our engine is told about addresses besides: those that the file gives to any service are not for others, and
 * who takes a container's place keeps its addresses.
 */
function addressWishes(project: Project, wanted: WantedContainer, key: string): Record<string, string> {
  const { succeeds } = wanted;
  const attachment = project.model.services[wanted.service]?.networks?.[key];
  const own = [attachment?.ipv4_address, attachment?.ipv6_address];
  const attachments = Object.values(project.model.services).map(({ networks }) => networks?.[key]);
  const reserved = attachments
    .flatMap((settings) => [settings?.ipv4_address, settings?.ipv6_address])
    .filter((address) => address !== undefined && !own.includes(address));
  const kept = succeeds?.addresses?.[networkName(project, key)] ?? [];
  return {
    ...(reserved.length > 0 && { 'berth.reserved': reserved.join(',') }),
    ...(kept.length > 0 && { 'berth.keep': kept.join(',') }),
    ...(succeeds && { 'berth.succeeds': succeeds.id }),
  };
}

/** `links: [db:database]` → `shop-db-1:database`. */
export function linkTexts(project: Project, service: ServiceModel): string[] {
  const own = (textsOf(service['links']) ?? []).map((link) => {
    const [target = '', alias = target] = link.split(':');
    return `${containerName({ project, service: target, number: 1 })}:${alias}`;
  });
  return [...own, ...(textsOf(service['external_links']) ?? [])];
}

/** `8080-8082/tcp` → each port. */
function expandExposed(text: string): string[] {
  const [range = '', protocol = 'tcp'] = text.split('/');
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}
