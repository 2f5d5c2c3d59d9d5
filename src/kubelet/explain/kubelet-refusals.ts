import { formatSubresources } from '../authorization.ts';
import { rightForCaller, rightForKubeletClient, tokensNeed } from '../missing-right.ts';
import { type KubeletRefusal, parseKubeletRefusal } from '../refusal.ts';
import type { Explained, ExplainedHop, Finding } from './explanation.ts';
import { place, type Scene } from './locate.ts';

const status = 'kubectl kubeletaccess status';
const whoami = 'kubectl auth whoami';

// What installers call kube-apiserver in the certificate that it shows to kubelets.
const clientNames = [
  'Kubernetes',
  'kubernetes',
  'kube-apiserver',
  'kube-apiserver-kubelet-client',
  'system:kube-apiserver',
];

/** The text from each occurrence of `start` to the next, of such a length that a refusal fits. */
function from(text: string, start: string): readonly string[] {
  return text
    .split(start)
    .slice(1, 20)
    .map((rest) => (start + rest).slice(0, 600));
}

/** What kubelets said no with, and when they could not tell. */
export function kubeletRefusals(text: string, scene: Scene): readonly Finding[] {
  return [...refusals(text, scene), ...unanswered(text, scene)];
}

function refusals(text: string, scene: Scene): readonly Finding[] {
  const said: readonly Told[] = from(text, 'Forbidden (user=').flatMap(
    (words) => parsed(words) ?? [],
  );
  const logged: readonly Told[] = [
    ...text.matchAll(
      /"Forbidden" user="([^"]{0,300})" verb="([a-z]*)" resource="([a-z]*)" subresource(?:\(s\))?=(?:\[([a-z", ]{0,200})\]|"([a-z]*)")/g,
    ),
  ].map(([evidence, user = '', verb = '', resource = '', several, one]) => ({
    refusal: {
      user,
      verb,
      resource,
      subresources: (several ?? one ?? '').replaceAll(/[",]/g, '').split(' ').filter(Boolean),
    },
    evidence,
  }));
  const reported: readonly Told[] = [
    ...text.matchAll(/kubelets refuse kube-apiserver, who is user "([^"]{1,300})" to them/g),
  ].map(([evidence, user = '']) => ({
    refusal: { user, verb: 'get', resource: 'nodes', subresources: ['proxy'] },
    evidence,
    hop: 'API server -> kubelet',
  }));
  return [...said, ...logged, ...reported]
    .filter(({ refusal }) => refusal.resource === 'nodes' && refusal.subresources.length > 0)
    .map(({ refusal, evidence, hop = hopOfRefusal(refusal.user, text, scene) }) => ({
      ...explainKubeletRefusal(refusal, hop, scene),
      ...place(scene),
      evidence,
    }));
}

interface Told {
  readonly refusal: KubeletRefusal;
  readonly evidence: string;
  readonly hop?: ExplainedHop;
}

function parsed(words: string) {
  const refusal = parseKubeletRefusal(words);
  if (!refusal) return undefined;
  return { refusal, evidence: /^.*?subresource[^=]*=[^)]*\)?/.exec(words)?.[0] ?? words };
}

/** What stands around a refusal tells whose request it was; where nothing does, a name that tells will do. */
function hopOfRefusal(user: string, text: string, { hop }: Scene): ExplainedHop {
  if (text.includes('Error from server') || /\/nodes\/[^\s/]+\/proxy\//.test(text))
    return 'API server -> kubelet';
  if (hop === 'API server -> kubelet' || hop === 'caller -> kubelet') return hop;
  if (user.startsWith('system:serviceaccount:')) return 'caller -> kubelet';
  return clientNames.includes(user) ? 'API server -> kubelet' : 'caller or API server -> kubelet';
}

function explainKubeletRefusal(
  refusal: KubeletRefusal,
  hop: ExplainedHop,
  scene: Scene,
): Explained {
  const { user, subresources } = refusal;
  const lacked = `${refusal.verb || 'every verb (*)'} on ${formatSubresources(subresources)}`;
  const base = { who: 'kubelet', hop, cause: 'forbidden', identity: user } as const;
  if (user === 'system:anonymous') return { ...base, ...explainAnonymous(hop, scene) };
  if (hop === 'API server -> kubelet') {
    const { missingRule, commands, never } = rightForKubeletClient(refusal);
    if (never !== undefined)
      return {
        ...base,
        why: `the kubelet refused kube-apiserver, and says that it is "${user}"; your own rights do not matter there. To that name nothing is to be granted on the word of a kubelet: ${never}`,
        commands: [status],
      };
    return {
      ...base,
      why: `the kubelet refused kube-apiserver, who asks it on your behalf as user "${user}" of its own client certificate, so that your rights do not matter there, be you admin or not: that user lacks ${lacked}`,
      missingRule,
      commands,
    };
  }
  const { missingRule, commands, warning } = rightForCaller(refusal);
  const beware = warning === '' ? '' : `. Beware: ${warning}`;
  const head =
    hop === 'caller -> kubelet'
      ? `the kubelet refused user "${user}", who called it directly, not kube-apiserver`
      : `a kubelet refused user "${user}": that is you, if you called it directly (compare ${whoami}), else it is kube-apiserver, and ${status} tells`;
  return {
    ...base,
    why: `${head}: that user lacks ${lacked}${beware}`,
    missingRule,
    commands: hop === 'caller -> kubelet' ? commands : [status, ...commands],
  };
}

function explainAnonymous(
  hop: ExplainedHop,
  { node = 'NODE' }: Scene,
): Pick<Finding, 'why' | 'commands'> {
  const never = 'to everyone without a credential nothing is to be granted';
  const server =
    'kube-apiserver showed the kubelet no client certificate (--kubelet-client-certificate and --kubelet-client-key)';
  const caller = `the caller showed the kubelet no credential, or none that it takes. If it was a token, as metrics-server and Prometheus show, webhook (token) authentication is off on that kubelet: ${tokensNeed}. A client certificate must be of its clientCAFile`;
  if (hop === 'API server -> kubelet')
    return {
      why: `${server}, and your own rights do not matter there: ${never}`,
      commands: [status],
    };
  if (hop === 'caller -> kubelet')
    return {
      why: `${caller}; ${never}`,
      commands: [`kubectl kubeletaccess curl /configz --node ${node} --via apiserver`],
    };
  return { why: `${caller}. Or ${server}; ${never}`, commands: [status] };
}

/** A 500: the kubelet asked the API server whether that user may, and got no answer. */
function unanswered(text: string, scene: Scene): readonly Finding[] {
  return from(text, 'Authorization error (user=').flatMap((words) => {
    const refusal = parseKubeletRefusal(words.replace('Authorization error', 'Forbidden'));
    if (!refusal) return [];
    return [
      {
        who: 'kubelet',
        hop: 'kubelet -> API server',
        cause: 'kubelet cannot reach API server',
        identity: refusal.user,
        why: `the kubelet could not ask the API server whether user "${refusal.user}" may: it does not reach it, or may itself not create subjectaccessreviews. No right of that user mends it; the log of the kubelet tells which`,
        ...place(scene),
        evidence: words.slice(0, words.indexOf(')') + 1 || words.length),
        commands: ['journalctl -u kubelet --since -10min', status],
      },
    ];
  });
}
