import type { PolicyRule } from '../../objects.ts';
import { type ApiServerRefusal, parseApiServerRefusal } from '../../rbac/api-server-refusal.ts';
import { parseEscalation } from '../../rbac/escalation.ts';
import { formatRule } from '../../rbac/rules.ts';
import { goString, unquoteGo } from '../../text/go-string.ts';
import {
  type DanglingRole,
  rightByRole,
  rightForNodeProxy,
  rightForOthers,
} from '../missing-right.ts';
import type { Explained, Finding } from './explanation.ts';
import type { Scene } from './locate.ts';
import type { Statement } from './split-messages.ts';

const status = 'kubectl kubeletaccess status';
const whoami = 'kubectl auth whoami';

/** What the API server said no with, or an admission webhook in its name. */
export function apiServerRefusals({ raw, plain }: Statement, scene: Scene): readonly Finding[] {
  return [
    ...denied(raw, plain, scene),
    ...foreignNodes(plain, scene),
    ...escalations(raw, plain),
    ...webhookRefusals(plain),
  ];
}

function denied(raw: string, plain: string, scene: Scene): readonly Finding[] {
  // A name with quotes in it is whole only before the backslashes are taken away.
  const found = denials(raw);
  return (found.length > 0 ? found : denials(plain)).map(({ explained, evidence }) => ({
    ...explained(scene),
    node: scene.node,
    evidence,
  }));
}

function denials(text: string) {
  const starts = [
    ...text.matchAll(/(?:(?<![\w./-])[\w./-]{1,80} (?:"[^"]{0,260}" )?is forbidden: )?\bUser "/g),
  ].slice(0, 20);
  return starts.flatMap((start, index) => {
    const words = text.slice(
      start.index,
      Math.min(starts[index + 1]?.index ?? text.length, start.index + 1_000),
    );
    const refusal = parseApiServerRefusal(words) ?? parseOldRefusal(words);
    if (refusal) {
      const roles = danglingRoles(words, refusal);
      return [
        {
          explained: (scene: Scene) => explainDenial(refusal, roles, scene),
          evidence: cut(words),
        },
      ];
    }
    const url = new RegExp(`^User (${goString}) cannot (\\S+) path "([^"]*)"`).exec(words);
    if (!url) return [];
    const [evidence, user = '', verb = '', path = ''] = url;
    return [{ explained: () => explainUrlDenial(unquoteGo(user), verb, path), evidence }];
  });
}

/** Without what stands behind the refusal. */
function cut(words: string): string {
  return (
    /^.*? cannot \S+ (?:resource "[^"]*"(?: in API group "[^"]*")?|[\w./-]+)(?: in the namespace "[^"]*"| at the cluster scope)?(?:: RBAC: (?:\[[^\]]*not found\]|\w+\.rbac\.authorization\.k8s\.io "[^"]*" not found))?/.exec(
      words,
    )?.[0] ?? words
  );
}

/** As API servers up to 1.11 said it: `cannot list nodes at the cluster scope`, `cannot get deployments.apps/scale`. */
function parseOldRefusal(words: string): ApiServerRefusal | undefined {
  const [, user = '', verb = '', parent = '', group = '', subresource = '', namespace] =
    new RegExp(
      `User (${goString}) cannot ([a-z]+) ([a-z]+)((?:\\.[a-z0-9-]+)*)((?:/[a-z]+)?) (?:at the cluster scope|in the namespace "([^"]{1,260})")`,
    ).exec(words) ?? [];
  if (parent === '') return undefined;
  return {
    user: unquoteGo(user),
    verb,
    resource: parent + subresource,
    apiGroup: group.slice(1),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** What RBAC could not look up, told behind a denial: roles that bindings name and that do not exist. */
function danglingRoles(words: string, { namespace }: ApiServerRefusal): readonly DanglingRole[] {
  if (!words.includes(': RBAC: ')) return [];
  return [
    ...words.matchAll(/\b(cluster)?role\.rbac\.authorization\.k8s\.io "([^"]{1,260})" not found/g),
  ].map(([, cluster, name = '']) => ({
    kind: cluster === undefined ? 'Role' : 'ClusterRole',
    name,
    namespace,
  }));
}

function explainDenial(
  refusal: ApiServerRefusal,
  roles: readonly DanglingRole[],
  { speaker }: Scene,
): Explained {
  const { user, verb, resource, apiGroup, namespace } = refusal;
  const kubelet = user.startsWith('system:node:') || speaker === 'kubelet';
  const base = {
    who: 'API server',
    hop: kubelet ? 'kubelet -> API server' : 'caller -> API server',
    cause: 'forbidden',
    identity: user,
  } as const;
  const what = `${verb} on ${resource}${apiGroup === '' ? '' : ` of ${apiGroup}`}`;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  if (user === 'system:anonymous')
    return {
      ...base,
      why: `no credential of the ${kubelet ? 'kubelet' : 'caller'} reached the API server, or none that it takes, so that it refused nobody in particular ${what}${where}: that is not mended by a right`,
      commands: [kubelet ? 'journalctl -u kubelet --since -10min' : whoami],
    };
  if (kubelet)
    return {
      ...base,
      why: `the API server refused the kubelet, who is user "${user}" to it, ${what}${where}: nodes get their rights from --authorization-mode=Node,RBAC of kube-apiserver and group system:nodes of their certificate, not from a role of your making`,
      commands: ['kubectl get nodes -o wide', status],
    };
  const rule = { apiGroups: [apiGroup], resources: [resource], verbs: [verb] };
  const [role] = roles;
  if (role) return { ...base, ...explainDangling(user, `${what}${where}`, rule, roles, role) };
  if (resource === 'nodes/proxy') {
    const { missingRule, commands, warning } = rightForNodeProxy(user, verb);
    return {
      ...base,
      why: `the API server refused the caller, user "${user}", the way through it to kubelets, before any kubelet was asked: that takes ${verb} on nodes/proxy, whatever the path; straight to the kubelet (kubectl kubeletaccess curl) takes less. Beware: ${warning}`,
      missingRule,
      commands,
    };
  }
  const { missingRule, commands } = rightForOthers(user, rule, namespace);
  return {
    ...base,
    why: `the API server refused the caller, user "${user}", ${what}${where}: ${resource.startsWith('nodes') ? 'no kubelet was asked' : 'that has nothing to do with kubelets'}`,
    missingRule,
    commands,
  };
}

/** Bindings that name roles which are not there give nothing: whoever made them meant those, and no new ones. */
function explainDangling(
  user: string,
  what: string,
  rule: PolicyRule,
  roles: readonly DanglingRole[],
  role: DanglingRole,
): Pick<Explained, 'why' | 'missingRule' | 'commands'> {
  const names = roles.map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`).join(' and ');
  const { missingRule, commands, warning } = rightByRole(user, rule, role);
  const bindings = role.kind === 'Role' ? 'rolebindings' : 'clusterrolebindings,rolebindings';
  return {
    why: `the API server refused the caller, user "${user}", ${what}, and names a cause: bindings that apply to that user name ${names}, which ${roles.length === 1 ? 'does' : 'do'} not exist. Make what they name as it was meant to be, with that right in it, or bind another role; who else the bindings name gets it, too${warning === '' ? '' : `. Beware: ${warning}`}`,
    missingRule,
    commands: [`kubectl get ${bindings} -A -o wide`, ...commands],
  };
}

/** Admission plugin NodeRestriction: a kubelet may change its own Node object alone. */
function foreignNodes(text: string, scene: Scene): readonly Finding[] {
  return [
    ...text.matchAll(
      /\bnode "?([\w.-]{1,253})"? (?:is not allowed to modify|cannot modify) node "?([\w.-]{1,253})"?/g,
    ),
  ].map(([evidence, own = '', other = '']) => ({
    who: 'API server',
    hop: 'kubelet -> API server',
    cause: 'forbidden',
    identity: `system:node:${own}`,
    why: `the API server (admission plugin NodeRestriction) lets a kubelet change its own Node object alone: the client certificate of this one is of node "${own}", but it calls itself "${other}"${own.toLowerCase() === other.toLowerCase() ? ' (names of nodes are in lower case)' : ''}. Its host name or --hostname-override has changed, or the certificate is of another machine: no role mends that`,
    node: scene.node ?? other,
    evidence,
    commands: ['kubectl get nodes -o wide', 'journalctl -u kubelet --since -10min'],
  }));
}

function explainUrlDenial(user: string, verb: string, path: string): Explained {
  const anonymous = user === 'system:anonymous';
  return {
    who: 'API server',
    hop: 'caller -> API server',
    cause: 'forbidden',
    identity: user,
    why: anonymous
      ? `no credential of the caller reached the API server, or none that it takes, so that it refused nobody in particular ${verb} on ${path}: that is not mended by a right`
      : `the API server refused the caller, user "${user}", ${verb} on its own path ${path}: no kubelet was asked`,
    missingRule: anonymous ? undefined : { nonResourceURLs: [path], verbs: [verb] },
    commands: [whoami],
  };
}

function escalations(raw: string, plain: string): readonly Finding[] {
  for (const text of [raw, plain]) {
    const start = text.indexOf(': user "');
    if (start < 0) continue;
    // A message on one line again as it was.
    const lines = text
      .slice(start)
      .replace('held: {', 'held:\n{')
      .replaceAll('} {APIGroups', '}\n{APIGroups');
    const refusal = parseEscalation(lines);
    if (!refusal) continue;
    return [
      {
        who: 'API server',
        hop: 'caller -> API server',
        cause: 'forbidden',
        identity: refusal.user,
        why: `the API server does not let user "${refusal.user}" give away what they do not hold: ${refusal.missing.map(formatRule).join(', ')}. A cluster-admin, or one who may escalate and bind, can do it`,
        evidence: 'is attempting to grant RBAC permissions not currently held',
        commands: ['kubectl kubeletaccess grant --dry-run=client -o yaml'],
      },
    ];
  }
  return [];
}

function webhookRefusals(text: string): readonly Finding[] {
  return [...text.matchAll(/admission webhook "([^"]{1,200})" denied the request/g)].map(
    ([evidence, name = '']) => ({
      who: 'admission webhook',
      hop: 'API server -> webhook',
      cause: 'forbidden',
      why: `the admission webhook "${name}" denied it, not the authorizer of the API server and not a kubelet: no role mends that, ask whoever runs the webhook`,
      evidence,
      commands: ['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'],
    }),
  );
}
