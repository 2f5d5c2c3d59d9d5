import type { PolicyRule } from '../../../src/objects.ts';
import { account, binding, role, rule } from '../../kit/rbac.ts';
import { runTool } from '../../kit/tool.ts';
import type { StoredObject } from '../../sandbox/store.ts';

/** The role of an agent in the manifests of its project. If the project has narrowed the role, this is an earlier version. */
interface Entry {
  /** Name of the role; by default made from the agent's name. */
  readonly role?: string;
  readonly account?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** True if narrow cannot recognize the agent from the objects, so that it needs --agent. */
  readonly isUnnamed?: true;
  readonly rules: readonly PolicyRule[];
}

const read = 'get,list,watch';

/** An agent for each way in which narrow changes or keeps a role. test/cluster installs some of them. */
const entries: Readonly<Record<string, Entry>> = {
  'ADOT exporter for EKS': {
    role: 'adot-collector-role',
    account: 'adot-collector-sa',
    image: 'amazon/aws-otel-collector',
    rules: [
      rule('nodes/proxy'),
      rule('nodes/stats', 'create,get'),
      rule('pods,nodes', 'list,watch'),
    ],
  },
  AppDynamics: {
    role: 'appdynamics-inframon-clusterrole',
    account: 'appdynamics-inframon',
    image: 'appdynamics-container-registry/appdynamics-cloud-k8s-monitoring',
    rules: [rule('nodes,nodes/proxy,pods')],
  },
  'blob-csi-driver example Prometheus': {
    isUnnamed: true,
    rules: [rule('nodes,nodes/metrics,services,endpoints,pods', read)],
  },
  'crane-agent': {
    image: 'gocrane/crane-agent',
    rules: [rule('nodes/proxy'), rule('nodes,pods', read)],
  },
  'Datadog Agent': {
    role: 'datadog',
    image: 'registry.datadoghq.com/agent',
    rules: [
      { nonResourceURLs: ['/metrics', '/metrics/slis'], verbs: ['get'] },
      rule('nodes/metrics,nodes/spec,nodes/proxy,nodes/stats'),
      rule('endpoints,pods', read),
    ],
  },
  'Inspektor Gadget': {
    role: 'gadget-cluster-role',
    account: 'gadget',
    namespace: 'gadget',
    image: 'inspektor-gadget/inspektor-gadget',
    rules: [rule('nodes', read), rule('nodes/proxy')],
  },
  'metrics-server': {
    role: 'system:metrics-server',
    account: 'metrics-server',
    image: 'metrics-server/metrics-server',
    rules: [rule('nodes/metrics'), rule('pods,nodes', read)],
  },
  OpenCost: {
    image: 'opencost/opencost',
    rules: [rule('nodes,pods,services', read), rule('nodes/proxy,nodes/stats')],
  },
  'opentelemetry-kube-stack chart': {
    role: 'opentelemetry-kube-stack-collector',
    account: 'opentelemetry-kube-stack-daemon-collector',
    labels: { 'app.kubernetes.io/managed-by': 'opentelemetry-operator' },
    rules: [rule('nodes,nodes/metrics,nodes/stats,nodes/proxy,nodes/spec,pods', read)],
  },
  'OpenTelemetry Operator': {
    role: 'opentelemetry-operator-manager',
    account: 'opentelemetry-operator',
    image: 'opentelemetry-operator/opentelemetry-operator',
    rules: [rule('nodes/stats,nodes/proxy'), rule('nodes,pods', read)],
  },
  'prometheus-adapter': {
    image: 'prometheus-adapter/prometheus-adapter',
    rules: [rule('pods,nodes,nodes/stats', read)],
  },
  'prometheus chart': {
    labels: { 'app.kubernetes.io/part-of': 'prometheus' },
    rules: [
      rule('nodes,nodes/proxy,nodes/metrics,services,endpoints,pods,ingresses,configmaps', read),
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ],
  },
  'SPIRE agent': {
    image: 'spiffe/spire-agent',
    rules: [rule('pods,nodes,nodes/proxy')],
  },
};

export interface AgentRole {
  readonly agent: string;
  /** The option --agent; empty if narrow recognizes the agent from the objects. */
  readonly answer: readonly string[];
  readonly rules: readonly PolicyRule[];
  readonly objects: readonly StoredObject[];
}

export const agentRoles: readonly AgentRole[] = Object.entries(entries).map(([agent, entry]) => {
  const slug = agent.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  const { role: name = slug, namespace = 'agents', image = `example/${slug}`, rules } = entry;
  const { account: serviceAccountName = name, labels } = entry;
  const daemonSet = {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: slug, namespace } },
    spec: {
      template: {
        ...(labels && { metadata: { labels } }),
        spec: { serviceAccountName, containers: [{ name: 'agent', image: `${image}:1` }] },
      },
    },
  };
  return {
    ...{ agent, answer: entry.isUnnamed ? ['--agent', agent] : [], rules },
    objects: [
      role(name, rules),
      binding(name, name, [account(serviceAccountName, namespace)]),
      daemonSet,
    ],
  };
});

/** Runs narrow on a role and its other objects as manifests on standard input. */
export function narrowObjects(role: AgentRole, ...args: readonly string[]) {
  return runTool(['narrow', '-f', '-', ...role.answer, ...args], { stdin: yamlOf(role) });
}

export function yamlOf({ objects }: AgentRole): string {
  return objects.map((each) => JSON.stringify(each)).join('\n---\n');
}
