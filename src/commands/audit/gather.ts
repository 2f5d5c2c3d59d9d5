import type { FleetReading } from '../../cli/fleet-options.ts';
import { Failure } from '../../errors.ts';
import { foundIn, interrupted, isFound, type Known, type Unknown } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { apiServerFailure, statusOfApiServer } from '../../kube/api-server/api-server-failure.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import {
  type Kubelet,
  longestErrorBody,
  openViaApiServer,
} from '../../kube/kubelet-client/client.ts';
import { longestMetrics } from '../../kube/kubelet-client/read-certificate-metrics.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { TransportError } from '../../kube/transport/error.ts';
import { type Limits, limitsWithin } from '../../kube/transport/limits.ts';
import { openTransport, readText, type TextResponse } from '../../kube/transport/transport.ts';
import { type AddressChoice, formatHostPort, kubeletAddress } from '../../kubelet/address.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { type Flags, parseFlagz } from '../../kubelet/bodies/flagz.ts';
import { parseUpgradeMetrics, type UpgradeMetrics } from '../../kubelet/bodies/upgrade-metrics.ts';
import { causeOfTransport, describeTransport } from '../../kubelet/causes/causes.ts';
import {
  type KubeletConfiguration,
  longestConfiguration,
  parseConfigz,
  securitySettings,
} from '../../kubelet/configz.ts';
import { losesFlags } from '../../kubelet/removed-flags.ts';
import type { Node } from '../../objects.ts';
import type { Checked } from '../../schema.ts';
import type { KubeletTarget } from '../shared/door/find-targets.ts';
import type { DirectDoor } from '../shared/door/open-door.ts';
import { anonymousPath, isHealth } from './anonymous-answer.ts';
import {
  type GatheredFacts,
  type NodeAuditFacts,
  notSelected,
  plannedUpgrade,
  type ReadOnlyAnswer,
  readingsFor,
  type SelectedRules,
} from './facts.ts';
import { readCluster } from './gather-cluster.ts';
import { type AnonymousAccess, probeAnonymous } from './probe-anonymous.ts';

export interface AuditReading extends FleetReading, AddressChoice {
  readonly rules: SelectedRules;
  /** Minor version of the next upgrade; undefined for the next one of each kubelet. */
  readonly forMinor?: number | undefined;
}

export interface AuditAccess {
  readonly caller: Known<DirectDoor>;
  readonly anonymous: AnonymousAccess;
}

/** The read-only port that is always probed, whatever the configuration says. */
const usualReadOnlyPort = 10_255;

/** Sends only GET requests. After an interrupt, the remaining facts are unknown. */
export async function gatherAudit(
  apiServer: ApiServer,
  access: AuditAccess,
  settings: AuditReading,
  signal: AbortSignal,
): Promise<GatheredFacts> {
  const { nodes, ...rest } = await readCluster(
    apiServer,
    settings.choice,
    readingsFor(settings.rules),
  );
  if (!isFound(nodes)) return { nodes, ...rest };
  const found = await forEachNode(nodes.found, {
    ...settings,
    signal,
    visit: (node, limits) => auditNode({ apiServer, access, settings, limits, signal }, node),
    interrupted: (node) => allUnknown(node, settings, interrupted),
  });
  return { nodes: { found }, ...rest };
}

interface Audit {
  readonly apiServer: ApiServer;
  readonly access: AuditAccess;
  readonly settings: AuditReading;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

function aboutNode({ metadata, status }: Node) {
  const { kubeletVersion: version = '', operatingSystem: system = '' } = status?.nodeInfo ?? {};
  const { containerRuntimeVersion: runtime = '' } = status?.nodeInfo ?? {};
  return { name: metadata.name, version, system, runtime };
}

function allUnknown(node: Node, { types, port }: AuditReading, reason: Unknown): NodeAuditFacts {
  return {
    ...aboutNode(node),
    address: kubeletAddress(node, types, port),
    anonymous: reason,
    readOnly: reason,
    certificate: reason,
    distrust: reason,
    configuration: reason,
    metrics: reason,
    flags: reason,
  };
}

async function auditNode(audit: Audit, node: Node): Promise<NodeAuditFacts> {
  const { access, settings, limits } = audit;
  const about = aboutNode(node);
  const { name } = about;
  const kubelet = { name, node };
  const address = kubeletAddress(node, settings.types, settings.port);
  const reads = readingsFor(settings.rules);
  const readBodies = async () => {
    const read = <T>(isRead: boolean, body: Body<T>) =>
      isRead ? readBody(audit, kubelet, address !== undefined, body) : notSelected;
    const { minor, target } = plannedUpgrade(about.version, settings.forMinor);
    const [configuration, metrics, flags] = await Promise.all([
      read(reads.configuration, configz),
      read(reads.metrics, upgradeMetrics),
      read(reads.flags && losesFlags(minor, target), flagz),
    ]);
    return {
      configuration: isFound(configuration)
        ? { found: { via: configuration.found.via, value: configuration.found.value } }
        : configuration,
      metrics: isFound(metrics) ? { found: metrics.found.value } : metrics,
      flags: isFound(flags) ? { found: flags.found.value } : flags,
    };
  };
  if (!address) {
    const unknown = `node ${name} has no address of type ${settings.types.join(', ')}`;
    return { ...allUnknown(node, settings, { unknown }), ...(await readBodies()) };
  }
  const [shown, usualPort, bodies] = await Promise.all([
    reads.anonymousRequest
      ? probeAnonymous(kubelet, access.anonymous, limits)
      : { anonymous: notSelected, certificate: notSelected, distrust: notSelected },
    reads.readOnlyPort ? probeReadOnlyPort(audit, address.host, usualReadOnlyPort) : notSelected,
    readBodies(),
  ]);
  const { configuration } = bodies;
  const configured = isFound(configuration)
    ? securitySettings(configuration.found.value).readOnlyPort
    : 0;
  const isElsewhere =
    reads.readOnlyPort && configured !== 0 && foundIn(usualPort)?.port !== configured;
  const readOnly = isElsewhere
    ? await probeReadOnlyPort(audit, address.host, configured)
    : usualPort;
  // If no kubelet answers at the address, a closed read-only port proves nothing.
  const isSilent =
    !isElsewhere && foundIn(readOnly)?.result === 'closed' && !isFound(shown.anonymous);
  return {
    ...about,
    ...{ address, ...bodies, ...shown },
    readOnly: isSilent ? shown.anonymous : readOnly,
  };
}

/** A body that a kubelet serves, and the permission that it needs. */
interface Body<T> {
  readonly path: string;
  readonly mostBytes: number;
  readonly parse: (text: string) => Checked<T>;
  /** The permission at the kubelet. */
  readonly permission: string;
  /** What an answer 404 shows: some words after it, or all of the message. */
  readonly absent: string | { readonly whole: string };
}

const configz: Body<KubeletConfiguration> = {
  path: '/configz',
  mostBytes: longestConfiguration,
  parse: parseConfigz,
  permission: 'nodes/configz at the kubelet (nodes/proxy before 1.33)',
  absent: 'its debugging handlers may be off',
};

const upgradeMetrics: Body<UpgradeMetrics> = {
  path: '/metrics',
  mostBytes: longestMetrics,
  parse: parseUpgradeMetrics,
  permission: 'nodes/metrics at the kubelet',
  absent: 'it serves no metrics',
};

const flagz: Body<Flags> = {
  path: '/flagz',
  mostBytes: longestConfiguration,
  parse: parseFlagz,
  permission: 'nodes/configz at the kubelet (nodes/proxy before 1.36)',
  absent: { whole: 'answered 404: kubelets serve /flagz since 1.36' },
};

type Answer<T> = Known<{ readonly via: 'direct' | 'apiserver'; readonly value: T }>;

async function readBody<T>(
  { apiServer, access: { caller }, limits }: Audit,
  target: KubeletTarget,
  hasAddress: boolean,
  body: Body<T>,
): Promise<Answer<T>> {
  let direct: Unknown = isFound(caller) ? { unknown: '' } : caller;
  if (isFound(caller) && hasAddress) {
    // The direct request gets half of the time, so that the other half is left for a request through the API server.
    const half = limitsWithin(limits.responseMs / 2);
    const answer = await askFor(caller.found.one(target, half), body);
    if (isFound(answer)) return answer;
    direct = answer;
  }
  const proxied = await askFor(openViaApiServer(target.name, apiServer, limits), body);
  if (isFound(proxied)) return proxied;
  const reasons = new Set([direct.unknown, proxied.unknown].filter(Boolean));
  return { ...direct, ...proxied, unknown: [...reasons].join('; ') };
}

async function askFor<T>(opened: Kubelet, body: Body<T>): Promise<Answer<T>> {
  using kubelet = opened;
  const { path, mostBytes, parse } = body;
  const response = await readOrNote(async () => {
    const sent = await kubelet.send({ method: 'GET', path });
    return kubelet.read(sent, sent.status === 200 ? mostBytes : longestErrorBody);
  });
  if (!isFound(response)) return response;
  if (response.found.status !== 200) return failed(kubelet, response.found, body);
  const { decoded, problem } = parse(response.found.text);
  if (decoded) return { found: { via: kubelet.via, value: decoded.value } };
  return { unknown: `the ${oneLine(kubelet.label)} answered ${path} with ${problem}` };
}

function failed(
  kubelet: Kubelet,
  answer: TextResponse,
  { permission, absent }: Body<unknown>,
): Unknown {
  const { status, text } = answer;
  const label = oneLine(kubelet.label);
  const needs = `get ${permission}, or get nodes/proxy at the API server and the same for kube-apiserver at the kubelet`;
  if (kubelet.via === 'apiserver' && statusOfApiServer(answer)) {
    const { words } = apiServerFailure(answer);
    return { unknown: oneLine(words), ...(status === 403 && { needs }) };
  }
  if (status === 404 && typeof absent !== 'string') return { unknown: absent.whole };
  const why = status === 404 && typeof absent === 'string' ? ` (${absent})` : '';
  const unknown = `the ${label} answered ${status}: ${oneLine(text)}${why}`;
  return { unknown, ...(status === 403 && { needs }) };
}

function probeReadOnlyPort(
  { access, limits, signal }: Audit,
  host: string,
  port: number,
): Promise<NodeAuditFacts['readOnly']> {
  const { direct: trusting } = access.anonymous.trusting;
  const authority = formatHostPort({ host, port });
  const address = { secure: false, host, port, authority, prefix: '' };
  const tls = { ...trusting.trust, clientCertificate: undefined };
  const route = trusting.routeTo(address);
  const transport = openTransport({ address, tls, route, log: trusting.log });
  return readOrNote(async (): Promise<ReadOnlyAnswer> => {
    try {
      const response = await transport.send({ method: 'GET', path: anonymousPath }, signal, limits);
      const { status, text } = await readText(response, signal, limits, longestErrorBody);
      if (isHealth(status, text)) return { port, result: 'served' };
      throw new Failure(`${authority} answered ${status}, not as a kubelet does`);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (causeOfTransport(error) === 'connection-refused') return { port, result: 'closed' };
      throw new Failure(`${authority}: ${describeTransport(error, limits)}`, { cause: error });
    } finally {
      transport.close();
    }
  });
}
