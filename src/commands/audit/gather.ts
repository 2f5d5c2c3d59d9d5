import type { FleetReading } from '../../cli/fleet-options.ts';
import { Failure } from '../../errors.ts';
import { foundIn, interrupted, isFound, type Known, type Unknown } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { apiServerFailure, statusOfApiServer } from '../../kube/api-server/api-server-failure.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import {
  type Kubelet,
  longestErrorBody,
  openDirect,
  openViaApiServer,
} from '../../kube/kubelet-client/client.ts';
import type { KubeletAccess } from '../../kube/kubelet-client/kubelet-access.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { TransportError } from '../../kube/transport/error.ts';
import { type Limits, limitsWithin } from '../../kube/transport/limits.ts';
import { openTransport, readText, type TextResponse } from '../../kube/transport/transport.ts';
import { type AddressChoice, formatHostPort, kubeletAddress } from '../../kubelet/address.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { causeOfTransport, describeTransport } from '../../kubelet/causes/causes.ts';
import { longestConfiguration, parseConfigz, securitySettings } from '../../kubelet/configz.ts';
import type { Node } from '../../objects.ts';
import { anonymousPath, isHealth } from './anonymous-answer.ts';
import {
  type AuditFacts,
  type NodeAuditFacts,
  type ReadOnlyAnswer,
  readingsFor,
  type SelectedRules,
} from './facts.ts';
import { readCluster } from './gather-cluster.ts';
import { type AnonymousAccess, probeAnonymous } from './probe-anonymous.ts';

export interface AuditReading extends FleetReading, AddressChoice {
  /** The rules to check; undefined for all. */
  readonly rules: SelectedRules;
}

export interface AuditAccess {
  readonly caller: Known<KubeletAccess>;
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
): Promise<Pick<AuditFacts, 'nodes' | 'leftOut' | 'rbac' | 'running'>> {
  const { nodes, ...rest } = await readCluster(
    apiServer,
    settings.choice,
    readingsFor(settings.rules).rbac,
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
  return { name: metadata.name, version, system };
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
  };
}

const notSelected: Unknown = { unknown: 'no selected rule needs it' };

async function auditNode(audit: Audit, node: Node): Promise<NodeAuditFacts> {
  const { access, settings, limits, signal } = audit;
  const about = aboutNode(node);
  const { name } = about;
  const address = kubeletAddress(node, settings.types, settings.port);
  const reads = readingsFor(settings.rules);
  const configurationRead = reads.configuration
    ? () => readConfiguration(audit, name, address)
    : () => notSelected;
  if (!address) {
    const unknown = `node ${name} has no address of type ${settings.types.join(', ')}`;
    const configuration = await configurationRead();
    return { ...allUnknown(node, settings, { unknown }), configuration };
  }
  const [shown, usualPort, configuration] = await Promise.all([
    reads.anonymousRequest
      ? probeAnonymous(name, address, access.anonymous, limits, signal)
      : { anonymous: notSelected, certificate: notSelected, distrust: notSelected },
    reads.readOnlyPort ? probeReadOnlyPort(audit, address.host, usualReadOnlyPort) : notSelected,
    configurationRead(),
  ]);
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
    ...{ address, configuration, ...shown },
    readOnly: isSilent ? shown.anonymous : readOnly,
  };
}

async function readConfiguration(
  { apiServer, access: { caller }, limits, signal }: Audit,
  name: string,
  address: NodeAuditFacts['address'],
): Promise<NodeAuditFacts['configuration']> {
  let direct: Unknown = isFound(caller) ? { unknown: '' } : caller;
  if (isFound(caller) && address) {
    // The direct request gets half of the time, so that the other half is left for a request through the API server.
    const half = limitsWithin(limits.responseMs / 2);
    const kubelet = openDirect(name, address, caller.found, signal, half);
    const configuration = await configurationOf(kubelet);
    if (isFound(configuration)) return configuration;
    direct = configuration;
  }
  const proxied = await configurationOf(openViaApiServer(name, apiServer, limits));
  if (isFound(proxied)) return proxied;
  const reasons = new Set([direct.unknown, proxied.unknown].filter(Boolean));
  return { ...direct, ...proxied, unknown: [...reasons].join('; ') };
}

async function configurationOf(opened: Kubelet): Promise<NodeAuditFacts['configuration']> {
  using kubelet = opened;
  const response = await readOrNote(async () => {
    const sent = await kubelet.send({ method: 'GET', path: '/configz' });
    const most = sent.status === 200 ? longestConfiguration : longestErrorBody;
    return kubelet.read(sent, most);
  });
  if (!isFound(response)) return response;
  if (response.found.status !== 200) return failedConfigz(kubelet, response.found);
  const { decoded, problem } = parseConfigz(response.found.text);
  if (decoded) return { found: { via: kubelet.via, value: decoded.value } };
  return { unknown: `the ${oneLine(kubelet.label)} answered /configz with ${problem}` };
}

function failedConfigz(kubelet: Kubelet, answer: TextResponse): Unknown {
  const { status, text } = answer;
  const label = oneLine(kubelet.label);
  const needs =
    'get nodes/configz at the kubelet (nodes/proxy before 1.33), or get nodes/proxy at the API server and the same for kube-apiserver at the kubelet';
  if (kubelet.via === 'apiserver' && statusOfApiServer(answer)) {
    const { words } = apiServerFailure(answer);
    return { unknown: oneLine(words), ...(status === 403 && { needs }) };
  }
  const off = status === 404 ? ' (its debugging handlers may be off)' : '';
  const unknown = `the ${label} answered ${status}: ${oneLine(text)}${off}`;
  return { unknown, ...(status === 403 && { needs }) };
}

function probeReadOnlyPort(
  { access, limits, signal }: Audit,
  host: string,
  port: number,
): Promise<NodeAuditFacts['readOnly']> {
  const { trusting } = access.anonymous;
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
