import { rightForCaller, rightForNodeProxy } from '../../../kubelet/missing-right.ts';
import { canICommand, canITrap } from '../../../rbac/can-i.ts';
import type { Facts } from '../facts.ts';
import { type Finding, finding } from './finding.ts';
import { isRefused } from './probe.ts';
import { rightFor, where, wordsOf } from './refused.ts';

/** Who refuses the caller: the API server, something before it, or kubelets on the direct path. */
export function callerFindings(facts: Facts): readonly Finding[] {
  const { caller, nodes, path } = facts;
  const atServer = nodes.find(({ viaApiServer }) => isRefused(viaApiServer, 'api server'));
  const between = nodes.find(({ viaApiServer }) => isRefused(viaApiServer, 'in between'));
  const direct = nodes.map((node) => node.direct).filter((probe) => isRefused(probe, 'kubelet'));
  const refusal = direct[0]?.refusal;
  const isCaller = refusal?.user === caller.user || caller.user === '';
  return [
    ...(atServer
      ? [
          finding(
            'caller forbidden',
            path === 'direct' ? 'note' : 'error',
            `the API server does not let user "${caller.user}" use its node proxy: that is you, not kube-apiserver`,
            {
              nodes: where(facts, ({ viaApiServer }) => isRefused(viaApiServer, 'api server')),
              evidence: [...wordsOf(atServer), canITrap(undefined, 'get', 'proxy')],
              ...nodeProxyRight(caller.user, wordsOf(atServer)),
            },
          ),
        ]
      : []),
    ...(between
      ? [
          finding(
            'not a kubelet',
            'error',
            'something between you and the kubelets refused, in words that are neither those of RBAC nor of a kubelet: an admission plugin, a webhook or a proxy',
            { evidence: wordsOf(between) },
          ),
        ]
      : []),
    ...(refusal
      ? [
          finding(
            'caller forbidden by kubelets',
            path === 'direct' ? 'error' : 'note',
            `kubelets refuse user "${refusal.user}", ${isCaller ? 'who is you' : `whom they take you for, though you are "${caller.user}" to the API server`}${path === 'direct' ? '' : '; that concerns only kubectl kubeletaccess curl without --via apiserver'}`,
            {
              nodes: where(facts, (node) => isRefused(node.direct, 'kubelet')),
              ...(isCaller ? rightFor(direct, rightForCaller) : {}),
            },
          ),
        ]
      : []),
  ];
}

/** RBAC gives no reason for a denial: another authorizer does, and no rule opens what that denies. */
function nodeProxyRight(
  user: string,
  words: readonly string[],
): Pick<Finding, 'missingRule' | 'commands'> {
  const ask = canICommand(undefined, 'get', 'proxy');
  if (words.some((text) => /at the cluster scope: ./.test(text))) return { commands: [ask] };
  const { missingRule, commands } = rightForNodeProxy(user, 'get');
  return { ...(missingRule && { missingRule }), commands: [ask, ...commands.slice(0, 1)] };
}
