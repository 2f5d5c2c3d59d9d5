import { getTypes } from '../../src/commands/get/types.ts';
import { kubeletAttributes } from '../../src/kubelet/authorization.ts';
import type { PolicyRule } from '../../src/objects.ts';
import { table } from './markdown.ts';

/** Permissions that the caller of a command needs. A test runs the command with exactly these permissions, and without each of them. */
export interface CommandNeeds {
  /** The words after `kubectl kubeletaccess`. HOST stands for the address of node-1. */
  readonly command: string;
  /** Permissions that the API server checks, such as `list nodes` or `get clusterroles.rbac.authorization.k8s.io`. */
  readonly apiServer?: readonly string[];
  readonly kubelet?: readonly string[];
  /** Commands that an administrator runs before the command. */
  readonly after?: readonly string[];
  readonly remark?: string;
}

const rbac = 'rbac.authorization.k8s.io';
const getPair = [`get clusterroles.${rbac}`, `get clusterrolebindings.${rbac}`];
const listClusterRbac = [`list clusterroles.${rbac}`, `list clusterrolebindings.${rbac}`];
const listRbac = [...listClusterRbac, `list rolebindings.${rbac}`];
const readRbac = [...getPair, ...listClusterRbac];
const createRbac = [
  `create clusterroles.${rbac}`,
  `create clusterrolebindings.${rbac}`,
  `escalate clusterroles.${rbac}`,
  `bind clusterroles.${rbac}`,
];
const reviews = 'create subjectaccessreviews.authorization.k8s.io';
/** Remark for commands that send no requests. A test checks that they send none. */
export const contactsNothing = 'Contacts nothing.';

const statsForJane = '--profile stats --subject user:jane';

export const commandNeeds: readonly CommandNeeds[] = [
  {
    command: 'status',
    after: ['grant'],
    apiServer: ['list nodes', 'get nodes/proxy', ...getPair, reviews],
    remark:
      'With `--node` get on nodes instead of list. What you may do at the kubelet is part of the output, and not of the verdict.',
  },
  {
    command: `status ${statsForJane}`,
    after: ['grant', `grant ${statsForJane}`],
    apiServer: ['list nodes', ...getPair, reviews],
  },
  {
    command: 'narrow kubeletaccess:readonly',
    after: ['grant --profile readonly --subject serviceaccount:kube-system:metrics-server'],
    apiServer: [...listClusterRbac, 'list pods', 'list nodes'],
    remark:
      'No pods with `--agent` or `--calls`, no nodes with `--kubelet-version`. With `get nodes/proxy`, kubelets of 1.32 to 1.35 are asked for their feature gates. `--apply` and `--undo` also get and update `clusterroles`, and need what they write, or `escalate`. With `-f` it contacts nothing.',
  },
  {
    command: 'status --streams',
    after: ['grant'],
    apiServer: [
      'list nodes',
      'get nodes/proxy',
      'list pods',
      'create pods/exec',
      ...getPair,
      reviews,
    ],
    remark:
      'Without `list pods` it asks by the node proxy, with `create nodes/proxy` for SPDY, and does not check the container runtime. `get pods/exec` is for WebSockets, without which kubectl falls back.',
  },
  {
    command: 'check metrics-server',
    after: ['grant --profile metrics --subject serviceaccount:kube-system:metrics-server'],
    apiServer: [
      'list nodes',
      'list pods',
      'create serviceaccounts/token',
      'get apiservices.apiregistration.k8s.io',
      'list nodes.metrics.k8s.io',
    ],
    remark:
      'The last two are for metrics-server only. `create subjectaccessreviews` where a kubelet cannot be verified. `get configmaps` in its namespace where a ConfigMap has its CA, or the configuration of Prometheus.',
  },
  { command: 'status --kubelet-address HOST', kubelet: ['get nodes/healthz'] },
  {
    command: 'grant',
    apiServer: ['list nodes', 'get nodes/proxy', ...readRbac, ...createRbac],
    remark:
      'Nodes and `nodes/proxy`, to find the kubelet client. A caller that holds the granted permissions needs neither `escalate` nor `bind`. To repair objects: `update` instead of `create`.',
  },
  {
    command: `grant ${statsForJane}`,
    apiServer: [...readRbac, ...createRbac],
    remark: '`list serviceaccounts` finds out that a service account does not exist.',
  },
  {
    command: 'grant --dry-run=client',
    apiServer: ['list nodes', 'get nodes/proxy', ...readRbac],
    remark: '`--dry-run=server` needs what the command itself needs.',
  },
  {
    command: `grant ${statsForJane}`,
    after: ['grant --profile stats --subject user:joe'],
    apiServer: [...getPair, `create clusterrolebindings.${rbac}`, `bind clusterroles.${rbac}`],
    remark: 'The role is there already.',
  },
  {
    command: 'revoke',
    after: ['grant'],
    apiServer: [...listRbac, `delete clusterroles.${rbac}`, `delete clusterrolebindings.${rbac}`],
    remark:
      'The same with `--expired` and `--subject`. `update` on ClusterRoleBindings if other subjects stay.',
  },
  {
    command: 'audit',
    apiServer: ['list nodes', ...listClusterRbac],
    kubelet: ['get nodes/configz'],
    remark:
      'Or `nodes/proxy` instead of `nodes/configz`, and through the API server if the kubelet cannot be reached. Authentication and the read-only port are checked without a credential. With `list pods`, findings name agents by what runs, not by names alone. `--rule KA5` also needs `get nodes/metrics`.',
  },
  {
    command: 'who-can',
    apiServer: listClusterRbac,
    remark:
      'The same for `grants` and `policy`. With `list pods` it knows agents by what runs, not by names alone, and with `list nodes` it counts the versions of kubelets.',
  },
  {
    command: 'certificates',
    apiServer: ['list nodes', 'list certificatesigningrequests.certificates.k8s.io'],
    kubelet: ['get nodes/metrics'],
    remark:
      'A request that waits for approval is compared with all nodes, services and endpoints of the API server (list `services`, `endpointslices`). Without `certificatesigningrequests` it is unknown what waits, without `nodes/metrics` when client certificates expire. With `--address-types`, without get on ConfigMap `kube-root-ca.crt` of kube-system, settings name a file.',
  },
  { command: 'certificates --kubelet-address HOST --serving-only' },
  {
    command: 'top nodes',
    apiServer: ['list nodes'],
    kubelet: ['get nodes/stats', 'get nodes/configz'],
    remark:
      'With names of nodes get on nodes instead of list, as in all lines below. Without `nodes/configz` the headroom to eviction is unknown.',
  },
  {
    command: 'top pods -A',
    apiServer: ['list nodes'],
    kubelet: ['get nodes/stats', 'get nodes/pods'],
    remark:
      'The same for `containers` and `volumes`. Without `nodes/pods` requests, limits, owners and types are unknown. `top containers -o wide` needs `nodes/metrics` for THROTTLED.',
  },
  {
    command: 'top images',
    apiServer: ['list nodes'],
    kubelet: ['get nodes/stats', 'get nodes/pods', 'get nodes/configz'],
    remark:
      'Without `nodes/pods` it is unknown what uses images, without `nodes/configz` when unused ones are deleted.',
  },
  ...getTypes.map(({ words: [word], path, of }) => ({
    command: `get ${word}${of === 'pods' ? ' -A' : ''}`,
    apiServer: ['list nodes'],
    kubelet: [`get nodes/${checkedFor(path)}`],
  })),
  {
    command: 'get featuregates --set',
    apiServer: ['list nodes'],
    kubelet: ['get nodes/configz', 'get nodes/metrics'],
    remark: 'Without `nodes/metrics` the stages are unknown.',
  },
  { command: 'diff configz', apiServer: ['list nodes'], kubelet: ['get nodes/configz'] },
  { command: 'metrics node-1', apiServer: ['get nodes'], kubelet: ['get nodes/metrics'] },
  {
    command: 'logs default/web',
    apiServer: ['get pods', 'get nodes'],
    kubelet: ['get nodes/proxy'],
    remark: '`pods` in the namespace of the pod.',
  },
  {
    command: 'logs default/web --kubelet-address HOST',
    kubelet: ['get nodes/proxy'],
    remark: 'The pod is looked up in the kubelet. `--node` needs get on nodes.',
  },
  {
    command: 'node-logs node-1 -u kubelet',
    apiServer: ['get nodes'],
    kubelet: ['get nodes/log'],
    remark: 'The same for `--path`.',
  },
  {
    command: 'endpoints node-1',
    apiServer: ['get nodes'],
    remark: 'Lists the endpoints of that kubelet, and which of them you may use.',
  },
  {
    command: 'curl /metrics --node node-1',
    apiServer: ['get nodes'],
    kubelet: ['get nodes/metrics'],
    remark: 'Other paths: [endpoints](endpoints.md).',
  },
  {
    command: 'curl summary --all -o ndjson',
    apiServer: ['list nodes'],
    kubelet: ['get nodes/stats'],
    remark: 'The same with `-l` and `--role`.',
  },
  { command: 'curl summary --kubelet-address HOST', kubelet: ['get nodes/stats'] },
  {
    command: 'curl /metrics --node node-1 --via apiserver',
    after: ['grant'],
    apiServer: ['get nodes/proxy'],
    remark: 'For every path. kube-apiserver needs `nodes/metrics` at the kubelet.',
  },
  {
    command: 'curl /metrics --node node-1 --as-serviceaccount monitoring/agent',
    after: ['grant --profile metrics --subject serviceaccount:monitoring:agent'],
    apiServer: ['get nodes', 'create serviceaccounts/token'],
    remark:
      '`serviceaccounts/token` in its namespace. The service account needs `nodes/metrics` at the kubelet.',
  },
  {
    command: 'exec default/web --allow-exec -- date',
    apiServer: ['get pods', 'get nodes'],
    kubelet: ['get nodes/proxy'],
    remark: 'The same for `attach`. `pods` in the namespace of the pod.',
  },
  {
    command: 'exec default/web --kubelet-address HOST --allow-exec -- date',
    kubelet: ['get nodes/proxy'],
    remark: 'The pod is looked up in the kubelet. `--node` needs get on nodes.',
  },
  {
    command: 'exec default/web --via apiserver --allow-exec -- date',
    after: ['grant'],
    apiServer: ['get pods', 'create pods/exec'],
    remark: 'For attach `pods/attach`. kube-apiserver needs `get nodes/proxy` at the kubelet.',
  },
  {
    command: 'exec default/web --no-upgrade --allow-exec -- date',
    apiServer: ['get pods', 'get nodes'],
    kubelet: ['create nodes/proxy'],
  },
  {
    command: 'exec default/web --no-upgrade --via apiserver --allow-exec -- date',
    after: ['grant'],
    apiServer: ['get pods', 'create nodes/proxy'],
    remark: 'By the node proxy. kube-apiserver needs `create nodes/proxy` at the kubelet.',
  },
  ...[
    'explain forbidden',
    'who-used --audit-log audit.log',
    'endpoints',
    'help curl',
    'options',
    'version',
    'completion bash',
  ].map((command) => ({ command, remark: contactsNothing })),
];

/** Permissions that completion in a shell needs. The shell runs `__complete` with the words of the command line. */
export const completionNeeds: readonly CommandNeeds[] = [
  {
    command: '__complete curl --node ',
    apiServer: ['list nodes'],
    remark: 'The same for `-l` and `--role`.',
  },
  {
    command: '__complete logs ',
    apiServer: ['list pods', 'list namespaces'],
    remark:
      'The same for `exec`, `attach`, `port-forward`, and pods behind `top` and `get`. `pods` in the namespace in effect, or behind `NAMESPACE/` in that one.',
  },
  {
    command: '__complete logs default/web -c ',
    apiServer: ['get pods'],
    remark: 'In the namespace of the pod.',
  },
  { command: '__complete -n ', apiServer: ['list namespaces'] },
  {
    command: '__complete grant --subject user:',
    apiServer: [`list clusterrolebindings.${rbac}`],
    remark: 'The same for groups, `--as` and `--as-group`.',
  },
  {
    command: '__complete curl --as-serviceaccount ',
    apiServer: ['list namespaces'],
    remark: 'The same for `--subject serviceaccount:`.',
  },
  {
    command: '__complete curl --as-serviceaccount monitoring/',
    apiServer: ['list serviceaccounts'],
    remark: 'In that namespace.',
  },
  ...['cu', 'curl summ', 'grant --profile ', '--context '].map((typed) => ({
    command: `__complete ${typed}`,
    remark: contactsNothing,
  })),
];

export function permissionSections(): readonly string[] {
  const cell = (needs: readonly string[] = []) => compact(needs).join('<br>');
  return [
    'What you must be allowed for each command, and no more. "Kubelet" is what the kubelet checks for you on the direct path; it asks RBAC for the same ClusterRoles.',
    'Without one of them, the command fails, or reports what it could not check. A test runs every line with exactly these permissions, and without each of them.',
    table(
      ['command', 'at the API server', 'at the kubelet', ''],
      commandNeeds
        .filter(contacts)
        .map(({ command, apiServer, kubelet, remark = '' }) => [
          `\`${command}\``,
          cell(apiServer),
          cell(kubelet),
          remark,
        ]),
    ),
    `Contact nothing: ${commandNeeds
      .filter((needs) => !contacts(needs))
      .map(({ command }) => `\`${command}\``)
      .join(', ')}.`,
    '[Completion](../completion.md) fails at nothing: without a permission it offers fewer words. It asks no kubelet.',
    table(
      ['typed before Tab', 'at the API server', ''],
      completionNeeds
        .filter(contacts)
        .map(({ command, apiServer, remark = '' }) => [
          `\`${command.replace(/^__complete /, '')}\``,
          cell(apiServer),
          remark,
        ]),
    ),
    `\`clusterroles\`, \`clusterrolebindings\` and \`rolebindings\` are of \`${rbac}\`, \`subjectaccessreviews\` of \`authorization.k8s.io\`; all are needed cluster-wide unless noted. On kubelets before 1.33 \`nodes/healthz\`, \`nodes/pods\` and \`nodes/configz\` are \`nodes/proxy\`.`,
    'To give a user what a line needs at kubelets, with get and list on nodes: [profiles](profiles.md). A command that is denied prints the missing permission and a command that gives it.',
  ];
}

function contacts({ remark }: CommandNeeds): boolean {
  return remark !== contactsNothing;
}

/** Joins the verbs of each resource, and leaves out API groups: `get, list nodes`. */
function compact(needs: readonly string[]): readonly string[] {
  const verbs = Map.groupBy(needs, (need) => need.split(' ')[1] ?? '');
  return [...verbs].map(
    ([resource, list]) =>
      `${list.map((need) => need.split(' ')[0]).join(', ')} \`${resource.split('.')[0]}\``,
  );
}

/** Returns the subresource that the newest kubelets check first for a GET of the path. */
function checkedFor(path: string): string {
  const { pathname } = new URL(path, 'https://kubelet');
  return kubeletAttributes('GET', pathname, Number.POSITIVE_INFINITY).subresources[0] ?? '';
}

/** Returns the RBAC rule for a permission such as `get clusterroles.rbac.authorization.k8s.io`. */
export function ruleOf(need: string): PolicyRule {
  const [verb = '', where = ''] = need.split(' ');
  const [resource = '', ...group] = where.split('.');
  return { apiGroups: [group.join('.')], resources: [resource], verbs: [verb] };
}
