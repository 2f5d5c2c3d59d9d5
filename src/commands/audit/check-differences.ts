import { isFound } from '../../known.ts';
import type { RuleId } from '../../kubelet/audit-rules.ts';
import { minorOf } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { flatten } from '../../kubelet/configz.ts';
import { groupsOf } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import type { NodeAuditFacts } from './facts.ts';
import { type AuditFinding, violation, violationOn } from './finding.ts';

/** Fields of KubeletConfiguration that usually differ between nodes: addresses, sizes and file paths. */
const ownOfNode =
  /^(?:kind|apiVersion|address|podCIDR|providerID|tlsCertFile|tlsPrivateKeyFile|cgroupRoot|kubeletCgroups|systemCgroups|kubeReservedCgroup|systemReservedCgroup|staticPodPath|podLogsDir|volumePluginDir|resolvConf|containerRuntimeEndpoint|imageServiceEndpoint|registerWithTaints|maxPods|podsPerCore|reservedSystemCPUs|reservedMemory|kubeReserved\..*|systemReserved\..*)$/;

/** Security settings, which kubelets of all versions have. */
const security =
  /^(?:authentication\..*|authorization\..*|readOnlyPort|enable(?:DebuggingHandlers|ContentionProfiling|ProfilingHandler|DebugFlagsHandler|SystemLogHandler|SystemLogQuery)|tlsMinVersion|tlsCipherSuites|rotateCertificates|serverTLSBootstrap|protectKernelDefaults|allowedUnsafeSysctls|seccompDefault|streamingConnectionIdleTimeout)$/;

/** Fields that may hold secrets, in headers or URLs. */
const secret = /^(?:staticPodURL|staticPodURLHeader\..*|tracing\..*)$/;

const absent = 'not set';

/**
 * Finds fields whose value differs from most nodes. Compares security settings among all nodes. Compares all other fields among nodes of
 * the same minor version and operating system, because their kubelets have the same fields and defaults.
 */
export function checkDifferences(nodes: readonly NodeAuditFacts[]): readonly AuditFinding[] {
  const read = nodes.flatMap(({ name, version, system, configuration }) => {
    if (!isFound(configuration)) return [];
    const values = flatten(configuration.found.value);
    return { name, kind: `${minorOf(version)} ${system}`, values };
  });
  return [
    ...differing('KA301', read, (field) => security.test(field)),
    ...groupsOf(read, ({ kind }) => kind).flatMap((alike) =>
      differing('KA302', alike, (field) => !security.test(field) && !ownOfNode.test(field)),
    ),
    ...unlikeMost(nodes, ({ version }) => version).map(({ node, value, usual, others }) =>
      violationOn(node.name, 'KA303', `${oneLine(value)}, but ${oneLine(usual)} on ${others}`),
    ),
  ];
}

function differing(
  id: RuleId,
  nodes: readonly { readonly name: string; readonly values: ReadonlyMap<string, string> }[],
  isCompared: (field: string) => boolean,
): readonly AuditFinding[] {
  const fields = new Set(nodes.flatMap(({ values }) => [...values.keys()]).filter(isCompared));
  return [...fields].sort().flatMap((field) =>
    unlikeMost(nodes, ({ values }) => values.get(field) ?? absent).map(
      ({ node, value, usual, others }) => {
        const difference = secret.test(field)
          ? `differs from ${others}`
          : `is ${short(value)}, but ${short(usual)} on ${others}`;
        return violation(id, {
          ...{ kind: 'Node', name: node.name, part: field },
          observation: `${oneLine(field)} ${difference}`,
        });
      },
    ),
  );
}

function short(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}

/** Finds nodes whose value differs from the most frequent value, or from the first of equally frequent values. */
function unlikeMost<T extends { readonly name: string }>(
  nodes: readonly T[],
  read: (node: T) => string,
): readonly { node: T; value: string; usual: string; others: string }[] {
  const holders = Map.groupBy(nodes, read);
  if (holders.size < 2) return [];
  const [usual, most] = [...holders].reduce((best, each) =>
    each[1].length > best[1].length ? each : best,
  );
  const others = summarize(most, 3, ({ name }) => oneLine(name));
  return nodes
    .map((node) => ({ node, value: read(node), usual, others }))
    .filter(({ value }) => value !== usual);
}
