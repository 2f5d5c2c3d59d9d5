import { minorOf } from '../../../kubelet/authorization.ts';
import { kubeletEndpoints } from '../../../kubelet/endpoints.ts';
import { type FindingRest, finding } from '../../../kubelet/finding.ts';
import { gateOffWords, gateRemedy, showsGateOff } from '../../../kubelet/finer-permissions.ts';
import { permissionForNodeProxy } from '../../../kubelet/missing-permission.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { isDenied, isFailedProbe } from '../probe.ts';
import { fixForDenial, namesOf, type StatusFinding, wordsOf } from './finding.ts';

export function callerFindings({ caller, nodes, path }: Facts): readonly StatusFinding[] {
  const atServer = nodes.filter(({ viaApiServer }) => isDenied(viaApiServer, 'apiserver'));
  const words = atServer.slice(0, 1).flatMap(wordsOf);
  const between = nodes.find(({ viaApiServer }) => isDenied(viaApiServer, 'intermediary'));
  const denying = nodes.filter((node) => isDenied(node.direct, 'kubelet'));
  const fixable = denying.filter((node) => !isGateOff(node)).map((node) => node.direct);
  const denial = denying.map((node) => node.direct).find(isFailedProbe)?.denial;
  const isCaller = denial?.user === caller.user;
  return [
    atServer.length > 0
      ? finding(
          'caller-forbidden',
          path === 'direct' ? 'note' : 'error',
          `the API server denies you (user "${caller.user}") its node proxy; this is about your permissions, not kube-apiserver's`,
          {
            nodeNames: namesOf(atServer),
            evidence: [...words, canITrap],
            ...nodeProxyPermission(caller.user, words),
          },
        )
      : [],
    between
      ? finding(
          'not-a-kubelet',
          'error',
          'something between you and the kubelets denied the request, in words of neither RBAC nor a kubelet: an admission plugin, a webhook or a proxy',
          { evidence: wordsOf(between) },
        )
      : [],
    denial
      ? finding(
          'caller-forbidden-by-kubelets',
          path === 'direct' ? 'error' : 'note',
          `kubelets deny ${isCaller ? `you (user "${denial.user}")` : `user "${denial.user}", as which they identify you; ${caller.user === '' ? 'the API server does not tell who you are' : `the API server identifies you as "${caller.user}"`}`}${path === 'direct' ? '' : '; this affects what goes to kubelets directly, as commands do without --via apiserver'}`,
          {
            nodeNames: namesOf(denying),
            ...(isCaller ? fixForDenial(fixable, 'caller-to-kubelet') : {}),
          },
        )
      : [],
  ].flat();
}

/**
 * Returns a finding with the missing rule. Omits the rule if the denial contains a reason, because then an authorizer other than RBAC
 * denied the request.
 */
function nodeProxyPermission(user: string, words: readonly string[]): FindingRest {
  if (words.some((text) => /at the cluster scope: ./.test(text)))
    return { commands: [canICommand] };
  const { missingRule, warning } = permissionForNodeProxy(user, 'get');
  return {
    ...(missingRule && { missingRule }),
    remedy:
      warning === ''
        ? ''
        : `${warning}: direct requests need less, such as profile stats or metrics`,
    commands: [canICommand],
  };
}

const canICommand = 'kubectl auth can-i get nodes --subresource=proxy';

// Source: https://github.com/kubernetes/kubectl/blob/v0.37.2/pkg/cmd/auth/cani.go
const canITrap = `kubectl auth can-i get nodes/proxy asks for a node named "proxy"; use ${canICommand}`;

const asked = { method: 'GET', path: kubeletEndpoints.healthz.probe } as const;

export function gateFinding(facts: Facts): StatusFinding | [] {
  const nodes = namesOf(facts.nodes.filter(isGateOff));
  if (nodes.length === 0) return [];
  return finding('finer-permissions-off', 'note', gateOffWords, {
    nodeNames: nodes,
    remedy: gateRemedy,
  });
}

/** Whether the kubelet denied the request because its feature gate is off. A rule for the denied permission would then not help. */
function isGateOff({ node: { status }, direct }: NodeFacts): boolean {
  const minor = minorOf(status?.nodeInfo?.kubeletVersion);
  return (
    isFailedProbe(direct) &&
    direct.component === 'kubelet' &&
    showsGateOff(direct.message, asked, minor)
  );
}
