import { goString, unquoteGo } from '../../go-string.ts';
import { parseEscalation } from '../../rbac/escalation.ts';
import { formatRule } from '../../rbac/rules.ts';
import { type ApiServerRefusal, parseApiServerRefusal } from '../refusal.ts';
import type { Explained, Finding } from './explanation.ts';
import { rightForNodeProxy, rightForOthers } from './rights.ts';
import type { Scene } from './scene.ts';
import type { Statement } from './statements.ts';

const status = 'kubectl kubeletaccess status';
const whoami = 'kubectl auth whoami';

/** What the API server said no with, or an admission webhook in its name. */
export function apiServerRefusals({ raw, plain }: Statement, scene: Scene): readonly Finding[] {
  return [...denied(raw, plain, scene), ...escalations(raw, plain), ...webhookRefusals(plain)];
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
    const refusal = parseApiServerRefusal(words);
    if (refusal)
      return [{ explained: (scene: Scene) => explainDenial(refusal, scene), evidence: cut(words) }];
    const url = new RegExp(`^User (${goString}) cannot (\\S+) path "([^"]*)"`).exec(words);
    if (!url) return [];
    const [evidence, user = '', verb = '', path = ''] = url;
    return [{ explained: () => explainUrlDenial(unquoteGo(user), verb, path), evidence }];
  });
}

/** Without what stands behind the refusal. */
function cut(words: string): string {
  return (
    /^.*? cannot \S+ resource "[^"]*"(?: in API group "[^"]*")?(?: in the namespace "[^"]*"| at the cluster scope)?/.exec(
      words,
    )?.[0] ?? words
  );
}

function explainDenial(refusal: ApiServerRefusal, { speaker }: Scene): Explained {
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
  if (resource === 'nodes/proxy') {
    const { missingRule, commands, warning } = rightForNodeProxy(user, verb);
    return {
      ...base,
      why: `the API server refused the caller, user "${user}", the way through it to kubelets, before any kubelet was asked: that takes ${verb} on nodes/proxy, whatever the path; straight to the kubelet (kubectl kubeletaccess curl) takes less. Beware: ${warning}`,
      missingRule,
      commands,
    };
  }
  const rule = { apiGroups: [apiGroup], resources: [resource], verbs: [verb] };
  const { missingRule, commands } = rightForOthers(user, rule, namespace);
  return {
    ...base,
    why: `the API server refused the caller, user "${user}", ${what}${where}: ${resource.startsWith('nodes') ? 'no kubelet was asked' : 'that has nothing to do with kubelets'}`,
    missingRule,
    commands,
  };
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
