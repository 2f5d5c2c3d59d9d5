import { isFound } from '../../known.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-answer.ts';
import { flatten } from '../../kubelet/configz.ts';
import { summarize } from '../../text/list.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type Hit, onNode } from './finding.ts';

/** What of a node is its own: where it is, what it is called, how large it is, where its files lie. */
const ownOfNode =
  /^(?:kind|apiVersion|address|podCIDR|providerID|tlsCertFile|tlsPrivateKeyFile|cgroupRoot|kubeletCgroups|systemCgroups|kubeReservedCgroup|systemReservedCgroup|staticPodPath|podLogsDir|volumePluginDir|resolvConf|containerRuntimeEndpoint|imageServiceEndpoint|registerWithTaints|maxPods|podsPerCore|reservedSystemCPUs|reservedMemory|kubeReserved\..*|systemReserved\..*)$/;

/** Compared over all versions, since all have them. */
const security =
  /^(?:authentication\..*|authorization\..*|readOnlyPort|enable(?:DebuggingHandlers|ContentionProfiling|ProfilingHandler|DebugFlagsHandler|SystemLogHandler|SystemLogQuery)|tlsMinVersion|tlsCipherSuites|rotateCertificates|serverTLSBootstrap|protectKernelDefaults|allowedUnsafeSysctls|seccompDefault|streamingConnectionIdleTimeout)$/;

/** What may be a secret: headers and URLs. */
const secret = /^(?:staticPodURL|staticPodURLHeader\..*|tracing\..*)$/;

const absent = 'not set';

/**
 * In which fields the configurations of nodes differ, told of those that are not like most: for security over all nodes,
 * for the rest among nodes of the same minor version and system, since each has fields and defaults of its own.
 */
export function checkDifferences(nodes: readonly NodeAuditFacts[]): Hit[] {
  const read = nodes.flatMap(({ name, version, system, configuration }) =>
    isFound(configuration)
      ? [
          {
            name,
            kind: `${minorOf(version)} ${system}`,
            values: flatten(configuration.found.value),
          },
        ]
      : [],
  );
  const kinds = [...Map.groupBy(read, ({ kind }) => kind).values()];
  return [
    ...differing(read, (field) => security.test(field)).map(
      (place): Hit => ({ id: 'KA301', place }),
    ),
    ...kinds
      .flatMap((alike) =>
        differing(alike, (field) => !security.test(field) && !ownOfNode.test(field)),
      )
      .map((place): Hit => ({ id: 'KA302', place })),
    ...checkVersions(nodes),
  ];
}

interface ReadNode {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

function differing(nodes: readonly ReadNode[], isCompared: (field: string) => boolean) {
  const fields = new Set(nodes.flatMap(({ values }) => [...values.keys()]).filter(isCompared));
  return [...fields].sort().flatMap((field) => {
    return unlikeMost(nodes, ({ values }) => values.get(field) ?? absent).map(
      ({ node, value, usual, others }) =>
        onNode(
          node.name,
          secret.test(field)
            ? `${oneLine(field)} has another value than on ${others}`
            : `${oneLine(field)} is ${short(value)}, and ${short(usual)} on ${others}`,
          field,
        ),
    );
  });
}

/** A list may be long, and is known by its beginning. */
function short(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}

function checkVersions(nodes: readonly NodeAuditFacts[]): Hit[] {
  return unlikeMost(nodes, ({ version }) => version).map(({ node, value, usual, others }) => ({
    id: 'KA303',
    place: onNode(node.name, `${oneLine(value)}, and ${oneLine(usual)} on ${others}`),
  }));
}

/** Those whose value is not the most frequent one; of several that are, the one that comes first counts. */
function unlikeMost<T extends { readonly name: string }>(
  nodes: readonly T[],
  read: (node: T) => string,
): readonly { node: T; value: string; usual: string; others: string }[] {
  const holders = Map.groupBy(nodes, read);
  if (holders.size < 2) return [];
  const [usual, most] = [...holders].reduce((best, each) =>
    each[1].length > best[1].length ? each : best,
  );
  const others = summarize(
    most.map(({ name }) => oneLine(name)),
    3,
  );
  return nodes
    .map((node) => ({ node, value: read(node), usual, others }))
    .filter(({ value }) => value !== usual);
}
