import { isFineGrained } from '../../kubelet/authorization.ts';
import { fineGrainedSince } from '../../kubelet/endpoints.ts';
import { dependsOnGate, finerGate } from '../../kubelet/finer-permissions.ts';
import { isOlder } from '../../kubelet/narrow/kubelets.ts';
import { summarize } from '../../text/list.ts';
import type { WhoCanRow } from './rows.ts';

export interface KubeletOfNode {
  readonly node: string;
  readonly minor: number;
}

/** What is assumed of kubelets where agents need something else by their version; undefined for kubelets of unknown versions. */
export function kubeletNotes(
  rows: readonly Pick<WhoCanRow, 'agent' | 'needs'>[],
  kubelets: readonly KubeletOfNode[] | undefined,
): readonly string[] {
  const depends = rows.some(({ needs }) => dependsOnKubelet(needs));
  if (!kubelets)
    return depends
      ? [
          `what agents need, and so what is narrowable, is of kubelets since 1.${fineGrainedSince} with ${finerGate} on, its default: narrow asks the kubelets of the cluster`,
        ]
      : [];
  const older = kubelets.filter(({ minor }) => isOlder(minor)).map(({ node }) => node);
  const isGated = kubelets.some(({ minor }) => dependsOnGate(minor));
  return [
    ...(older.length > 0 && rows.some(({ agent }) => agent !== undefined)
      ? [
          `kubelets before 1.${fineGrainedSince} check nodes/proxy in place of finer permissions: ${summarize(older, 3)}`,
        ]
      : []),
    ...(isGated && depends
      ? [
          `what agents need is for ${finerGate} as it is by default in the versions of the kubelets: narrow asks them`,
        ]
      : []),
  ];
}

/** Whether kubelets of some versions, or with other feature gates, ask for something else than these needs of an agent. */
function dependsOnKubelet(needs: string | undefined): boolean {
  return [...(needs ?? '').matchAll(/nodes\/([a-z]+)/g)].some(([, subresource = '']) =>
    isFineGrained(subresource),
  );
}
