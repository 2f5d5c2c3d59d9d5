import { dependsOnKubelet, leastOf } from '../../kubelet/agents/agent-needs.ts';
import type { AgentOf } from '../../kubelet/agents/recognize-agent.ts';
import { subresourcesOf, verbsOf } from '../../kubelet/authorization.ts';
import { fineGrainedSince, kubeletEndpoints } from '../../kubelet/endpoints.ts';
import { dependsOnGate, finerGate } from '../../kubelet/finer-permissions.ts';
import { isOlder } from '../../kubelet/narrow/kubelets.ts';
import type { Narrowable } from '../../kubelet/narrow/narrowable.ts';
import {
  type KubeletPermission,
  listPermissions,
  type Reach,
  type ReachGrant,
} from '../../kubelet/reach.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject, includesSubject } from '../../rbac/subject.ts';
import { summarize } from '../../text/list.ts';
import { always, type ListView, textField, wide, wideAlways } from '../shared/rows/fields.ts';

export const actions = {
  exec: ['exec', 'run'],
  logs: ['containerLogs', 'logs'],
  metrics: ['metrics', 'cadvisor'],
  stats: ['summary'],
  read: ['pods', 'configz'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof kubeletEndpoints)[]>>;

export type Action = keyof typeof actions;

const ways = ['direct', 'apiserver', 'both'] as const;

/** A binding by which a subject reaches kubelets. */
interface ListedSubject extends ReachGrant {
  readonly subject: RbacSubject;
  readonly via: (typeof ways)[number];
  /** The program that runs as this service account; undefined if it is not recognized. */
  readonly agent: string | undefined;
  readonly requirement: string | undefined;
  /** Whether `requirement` depends on the version or the feature gates of the kubelet. */
  readonly dependsOnKubelet: boolean;
  readonly narrowable: Narrowable;
}

export function listSubjects(
  reach: readonly Reach[],
  {
    action,
    subject,
    agentOf,
    narrowableOf,
    minors,
  }: {
    readonly action: Action | undefined;
    readonly subject: RbacSubject | undefined;
    readonly agentOf: AgentOf;
    readonly narrowableOf: (subject: RbacSubject, role: string) => Narrowable;
    /** Minor versions of the kubelets; undefined if they are unknown. */
    readonly minors: readonly number[] | undefined;
  },
): readonly ListedSubject[] {
  const viaOf = pathsOf(action);
  return reach
    .filter((each) => subject === undefined || includesSubject(each.subject, subject))
    .flatMap(({ subject: who, by }) =>
      by.flatMap((grant) => {
        const { role, permissions, isDefault } = grant;
        const opening = permissions.map((permission) => ({ permission, via: viaOf(permission) }));
        const [path, other] = new Set(opening.flatMap(({ via }) => via));
        if (path === undefined) return [];
        const matching = opening.flatMap(({ permission, via }) =>
          via.length > 0 ? permission : [],
        );
        const agent = agentOf(who, role);
        return {
          ...{ ...grant, subject: who, permissions: matching },
          agent: agent?.name,
          requirement: agent && leastOf(agent, minors),
          dependsOnKubelet: agent !== undefined && dependsOnKubelet(agent, minors),
          via: other === undefined ? path : 'both',
          narrowable: isDefault ? restored : narrowableOf(who, role),
        };
      }),
    );
}

const restored: Narrowable = {
  verdict: 'no',
  why: 'kube-apiserver makes this role and binding, and would restore them',
};

type Via = 'direct' | 'apiserver';

/**
 * Returns a function that tells how a permission allows the action: by direct requests, through the API server, or both. If `action` is
 * undefined, a permission for any endpoint is enough. Direct requests need a permission that kubelets of some version check. Requests
 * through the API server need `nodes/proxy`.
 */
function pathsOf(action: Action | undefined): (permission: KubeletPermission) => readonly Via[] {
  const opening = new Set<string>();
  for (const name of action ? actions[action] : []) {
    const endpoint = kubeletEndpoints[name];
    for (const verb of verbsOf(endpoint)) {
      opening.add(`apiserver: ${verb} nodes/proxy`);
      for (const subresource of subresourcesOf(endpoint))
        opening.add(`direct: ${verb} nodes/${subresource}`);
    }
  }
  const isOpened = (path: Via, verb: string, resource: string) =>
    action === undefined
      ? path === 'direct' || resource === 'nodes/proxy'
      : opening.has(`${path}: ${verb} ${resource}`);
  return ({ verb, resource }) =>
    (['direct', 'apiserver'] as const).filter((path) => isOpened(path, verb, resource));
}

/** Returns the permissions that kubelets check for an action; for all actions if it is undefined. */
export function requestsOf(action: Action | undefined) {
  const names = action ? actions[action] : Object.values(actions).flat();
  return names.flatMap((name) => {
    const endpoint = kubeletEndpoints[name];
    return verbsOf(endpoint).map((verb) => ({ verb, subresources: subresourcesOf(endpoint) }));
  });
}

/** Returns undefined if one of the permissions covers all nodes. */
function nodesOf(permissions: readonly KubeletPermission[]): readonly string[] | undefined {
  const lists = permissions.map(({ nodeNames: nodes }) => nodes);
  if (lists.includes(undefined)) return undefined;
  return [...new Set(lists.flatMap((nodes) => nodes ?? []))].sort();
}

export const whoCanView: ListView<ListedSubject> = {
  kind: 'KubeletSubjectList',
  names: 'clusterRoleBinding',
  about: 'A binding by which a subject reaches kubelets.',
  document: {
    title: 'Who can reach kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. Each row is a binding by which a subject reaches kubelets. A subject with exec can run commands in every container there. Group system:masters may do everything, and is not listed.',
  },
  columns: [
    textField('SUBJECT', 'subject', ({ subject }) => formatSubject(subject), {
      ...always,
      about: 'The subject, such as serviceaccount:monitoring:prometheus.',
    }),
    textField('CAN', 'strength', ({ strength }) => strength, {
      ...always,
      about: 'The strongest access that the binding gives.',
    }),
    textField('THROUGH', 'clusterRoleBinding', ({ binding }) => binding, always),
    textField('ROLE', 'clusterRole', ({ role }) => role, always),
    textField('NODES', 'nodeNames', ({ permissions }) => nodesOf(permissions), {
      absent: '<all>',
      type: 'texts',
      about: 'Names of the nodes to which the access is limited; absent for all nodes.',
    }),
    textField('VIA', 'via', ({ via }) => via, {
      ...always,
      type: ways,
      about:
        'How the subject reaches kubelets. Kubelets check direct requests. kube-apiserver checks requests through its node proxy.',
    }),
    textField('CAN BE REDUCED', 'reducible', ({ narrowable }) => narrowable.verdict, {
      ...always,
      type: ['yes', 'no', 'unknown'],
      about: 'Whether the narrow command would remove permissions from the role.',
    }),
    textField('PERMISSIONS', 'permissions', ({ permissions }) => listPermissions(permissions), {
      ...wideAlways,
      type: 'texts',
      about: 'Permissions on kubelets, such as `nodes/proxy get,create`.',
    }),
    textField('AGENT', 'agent', ({ agent }) => agent, {
      ...wide,
      about:
        'The program that runs as this service account, recognized by its pods, or by the names of the account and role. Absent if it is not recognized.',
    }),
    textField('NEEDS', 'requirement', ({ requirement }) => requirement, {
      ...wide,
      about:
        'Permissions that the program needs on the kubelets of this cluster. The narrow command prints a role with these permissions.',
    }),
    textField('WHY', 'reason', ({ narrowable }) => narrowable.why, {
      ...wideAlways,
      about:
        'Reason for `reducible`: the command that narrows the role, why it cannot be narrowed, or what is unknown.',
    }),
    textField('DEFAULT', 'defaultBinding', ({ isDefault }) => isDefault, {
      ...wideAlways,
      type: 'boolean',
      about: 'Whether the binding is a default of kube-apiserver for a component of the cluster.',
    }),
  ],
};

export interface KubeletOfNode {
  readonly node: string;
  readonly minor: number;
}

/** @param kubelets undefined if their versions are unknown */
export function kubeletNotes(
  rows: readonly Pick<ListedSubject, 'agent' | 'dependsOnKubelet'>[],
  kubelets: readonly KubeletOfNode[] | undefined,
): readonly string[] {
  const depends = rows.some((row) => row.dependsOnKubelet);
  if (!kubelets)
    return depends
      ? [
          `what agents need, and so what can be reduced, are of kubelets since 1.${fineGrainedSince} with ${finerGate} on, its default: narrow asks the kubelets of the cluster`,
        ]
      : [];
  const older = kubelets.filter(({ minor }) => isOlder(minor)).map(({ node }) => node);
  const isGated = kubelets.some(({ minor }) => dependsOnGate(minor));
  return [
    older.length > 0 && rows.some(({ agent }) => agent !== undefined)
      ? `kubelets before 1.${fineGrainedSince} check nodes/proxy in place of finer permissions: ${summarize(older, 3)}`
      : [],
    isGated && depends
      ? `what agents need is for ${finerGate} as it is by default in the versions of the kubelets: narrow asks them`
      : [],
  ].flat();
}
