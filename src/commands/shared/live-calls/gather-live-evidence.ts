import { usualParallel } from '../../../cli/fleet-options.ts';
import { addressChoiceOf, type KubeletInvocation, parseVia } from '../../../cli/kubelets.ts';
import { usualTimeoutMs } from '../../../cli/node-options.ts';
import { Failure } from '../../../errors.ts';
import type { Evidence } from '../../../kubelet/audit-log/evidence.ts';
import { liveEvidence } from '../../../kubelet/live-calls/live-evidence.ts';
import { escapeControlLines } from '../../../text/escape.ts';
import { withFleet } from '../fleet/open-fleet.ts';
import { isFailed } from '../fleet/outcome.ts';
import { printFleet } from '../fleet/print-fleet.ts';
import { readRows } from '../rows/gather-rows.ts';
import { type MissingPart, renderUnread } from '../rows/render-view.ts';
import { type FoundCall, openLive } from './gather-live.ts';

/** Prints failed nodes to stderr, and throws if all nodes failed. */
export async function gatherLiveEvidence(
  invocation: KubeletInvocation,
  liveMs: number,
): Promise<readonly Evidence[]> {
  const live = openLive(liveMs);
  const firstMs = Date.now();
  const { path, accept } = live.request;
  const request = { method: 'GET', path, headers: { accept } } as const;
  const chosen = {
    kubelets: { kind: 'nodes', names: [], selector: '', role: '' },
    ...{ isFleet: true, shard: undefined },
    via: parseVia({ ...invocation, via: '' }),
    ...addressChoiceOf(invocation.globals),
  } as const;
  const { stderr, signal } = invocation.context;
  let found: readonly FoundCall[] = [];
  await withFleet(invocation, { chosen, request }, async (fleet) => {
    const view = { ...live.body, kind: '', columns: [], plural: 'calls' };
    const nodes: string[] = [];
    const missingParts: MissingPart[] = [];
    const { all, failed } = await printFleet(
      fleet,
      { request, chosen, timeoutMs: usualTimeoutMs + liveMs, parallel: usualParallel },
      invocation,
      {
        readBody: readRows(view, { labels: undefined, selector: undefined }, request),
        isBrief: true,
        printer: {
          print: async (_, outcome) => {
            if (isFailed(outcome)) return;
            const { name, unread = [] } = outcome;
            nodes.push(name);
            missingParts.push(...unread.map((each) => ({ ...each, name })));
          },
          end: async () => {
            const { calls, notes } = await live.findCalls(fleet.apiServer, nodes);
            stderr.write(escapeControlLines(notes) + renderUnread(missingParts));
            found = calls;
          },
        },
      },
    );
    if (failed === all && !signal.aborted)
      throw new Failure('no kubelet answered: there is no evidence');
  });
  const calls = found.flatMap((call) =>
    call.by?.subject ? [{ ...call, subject: call.by.subject }] : [],
  );
  return liveEvidence(calls, { firstMs, lastMs: Date.now() });
}
