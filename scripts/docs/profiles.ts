import { kubeletAttributes } from '../../src/kubelet/authorization.ts';
import {
  endpointList,
  type KubeletEndpoint,
  type Method,
  strengths,
} from '../../src/kubelet/endpoints.ts';
import type { PolicyRule, RbacSubject } from '../../src/objects.ts';
import { namesOf } from '../../src/rbac/names.ts';
import {
  type Profile,
  type ProfileName,
  profileNames,
  profileOf,
  readerCommand,
} from '../../src/rbac/profiles.ts';
import { covers, formatRule } from '../../src/rbac/rules.ts';
import { renderYaml } from '../../src/text/serialize.ts';
import { codeBlock, table } from './markdown.ts';

const purposes: Readonly<Record<ProfileName, string>> = {
  apiserver:
    'For kube-apiserver, and the default: what clusters have had since Kubernetes the Hard Way. `kubectl logs`, `exec`, `attach`, `port-forward`, the node proxy and metrics through it work. `nodes/spec` is part of it by tradition: kubelets no longer check it.',
  'apiserver-full':
    'For kube-apiserver: the same, and each subresource that newer kubelets check by itself. It also opens `/statusz`, `/flagz` and checkpoints through the API server.',
  builtin:
    'For kube-apiserver: binds ClusterRole `system:kubelet-api-admin`, which every cluster has and updates by itself, instead of creating a role. The rules below are as in Kubernetes 1.37; before 1.32 it has neither `nodes/healthz` nor `nodes/pods` nor `nodes/configz`. kubeadm binds it to its user `kube-apiserver-kubelet-client` since 1.33.12, 1.34.8, 1.35.5 and 1.36.1, as `kubeadm:apiserver-kubelet-client`; for that user the binding of `grant` has the same name.',
  metrics: 'For metrics-server, Prometheus and agents that read metrics from kubelets.',
  stats: 'For agents and people who read `/stats/summary`: usage of node, pods and volumes.',
  logs: 'For agents and people who read files under `/var/log` or query the journal. The logs of all pods are among these files.',
  readonly:
    'For people and agents who watch kubelets: everything that can be read without `nodes/proxy`. Kubelets before 1.33 check `nodes/proxy` for health, pods and configuration; there it opens metrics and stats only.',
  checkpoint:
    'For whatever takes checkpoints of containers. A checkpoint is a file on the node with the memory of all processes of the container, secrets included.',
};

/** Rules of the ClusterRole `system:kubelet-api-admin` in Kubernetes 1.37. */
export const kubeletApiAdmin: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'proxy'] },
  {
    apiGroups: [''],
    resources: ['log', 'metrics', 'proxy', 'stats', 'configz', 'healthz', 'pods'].map(
      (name) => `nodes/${name}`,
    ),
    verbs: ['*'],
  },
];

export function profileSections(): readonly string[] {
  const profiles = profileNames.map((name) => profileOf(name));
  return [
    '`grant --profile NAME` gives a subject these permissions, `revoke --profile NAME` removes them, `status --profile NAME --subject SUBJECT` checks them. `--node` limits each of them to nodes by name; then `list` is left out, which RBAC cannot limit.',
    'A person gets them `--for` a time, which `revoke --expired` [ends](../in-the-cluster.md#remove-expired-access). How objects are changed: [grant and revoke](../grant-and-revoke.md).',
    table(
      ['profile', 'gives', 'worth', 'runs commands', 'to anyone but kube-apiserver'],
      profiles.map((profile) => [
        `[${profile.name}](#${profile.name})`,
        rulesOf(profile).map(formatRule).join('<br>'),
        worth(profile),
        profile.runsCommands ? 'yes' : 'no',
        profile.runsCommands ? 'with `--allow-exec`' : 'yes',
      ]),
    ),
    '**Worth** is the most that the profile opens, as in [endpoints](endpoints.md), which says what each permission opens. **Runs commands**: `get` on `nodes/proxy` is enough to run commands in every container: [security model](../security-model.md#what-nodesproxy-is-worth).',
    ...profiles.map(profileSection),
  ];
}

function profileSection(profile: Profile): string {
  const forApiserver = profile.runsCommands;
  const subject: RbacSubject = {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'User',
    name: forApiserver ? 'Kubernetes' : 'jane',
  };
  const names = namesOf(profile.name, [], subject, forApiserver);
  const command = `kubectl kubeletaccess grant --profile ${profile.name}${forApiserver ? '' : ' --subject user:jane --for 1h'}`;
  return [
    `## ${profile.name}`,
    purposes[profile.name],
    codeBlock('sh', command),
    ...withToken(profile.name),
    `ClusterRole \`${names.role}\`, ClusterRoleBinding \`${names.binding}\`:`,
    codeBlock('yaml', renderYaml([{ rules: rulesOf(profile) }]).trimEnd()),
  ].join('\n\n');
}

/**
 * Returns the section about tokens. Commands send a token to kubelets only with --show-token. Otherwise they go through the API server,
 * where the token's user needs more permissions.
 */
function withToken(name: ProfileName): readonly string[] {
  const reader = readerCommand(name);
  if (reader === undefined) return [];
  return [
    'With a client certificate, commands read kubelets directly. With a token, they go through the API server, which asks for `nodes/proxy`; `--via direct --show-token` needs this profile alone, and shows the token to kubelets:',
    codeBlock('sh', reader),
  ];
}

/** Returns the most that the profile opens on a new kubelet. */
function worth(profile: Profile): string {
  const opened = endpointList.filter((endpoint) => opens(profile, endpoint));
  return strengths.find((strength) => opened.some((each) => each.worth === strength)) ?? '';
}

function opens(profile: Profile, { methods, path }: KubeletEndpoint): boolean {
  const accepted: readonly Method[] =
    methods === 'any' ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : methods;
  return accepted.some((method) => {
    const { verb, subresources } = kubeletAttributes(method, path, Number.POSITIVE_INFINITY);
    return subresources.some((name) =>
      covers(rulesOf(profile), [{ apiGroups: [''], resources: [`nodes/${name}`], verbs: [verb] }]),
    );
  });
}

function rulesOf({ name, rules }: Profile): readonly PolicyRule[] {
  return name === 'builtin' ? kubeletApiAdmin : rules;
}
