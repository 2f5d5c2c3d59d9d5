import { isFound, type Unknown } from '../../known.ts';
import { waitingRequest } from '../../kubelet/serving-requests.ts';
import { summarize } from '../../text/list.ts';
import { renderValue } from '../../text/render-value.ts';
import { shellWord } from '../../text/shell.ts';
import type { CertificateFacts } from './facts.ts';

const mostNames = 5;

/** Approving is up to people, or to an approver: it says that a name belongs to a node. */
export function aboutRequests({ nodes, requests, now }: CertificateFacts): readonly string[] {
  if (!isFound(requests)) return [unknownRequests(requests)];
  const waiting = nodes.flatMap(({ node }) => {
    const request = node === undefined ? undefined : waitingRequest(requests.found, node);
    return request ? [{ node, request }] : [];
  });
  const [pending = [], approved = []] = (['pending', 'approved'] as const).map((state) =>
    waiting
      .filter(({ request }) => request.state === state)
      .map(({ node, request: { name, created } }) => {
        const seconds = Math.floor((now - Date.parse(created)) / 1000);
        const age = renderValue(
          Number.isNaN(seconds) ? undefined : Math.max(0, seconds),
          'seconds',
        );
        return { name, words: `${name} of ${node}${age === '-' ? '' : `, ${age}`}` };
      }),
  );
  // With a certificate, a kubelet asks again.
  const ended = nodes.flatMap(({ node, shown }) => {
    const newest = node === undefined || shown ? undefined : requests.found.get(node)?.[0];
    const { name = '', state } = newest ?? {};
    return state === 'denied' || state === 'failed'
      ? [{ name, words: `${name} of ${node} (${state})` }]
      : [];
  });
  const listed = (group: readonly { readonly words: string }[]) =>
    summarize(group, mostNames, ({ words }) => words);
  const commandWords = (group: readonly { readonly name: string }[]) =>
    group
      .slice(0, mostNames)
      .map(({ name }) => shellWord(name))
      .join(' ');
  return [
    ...(pending[0]
      ? [
          `warning: waiting for approval: ${listed(pending)}`,
          `hint: check that it asks for names and addresses of that node alone: kubectl get csr ${shellWord(pending[0].name)} -o jsonpath='{.spec.request}' | base64 -d | openssl req -noout -text`,
          `hint: kubectl certificate approve ${commandWords(pending)}`,
        ]
      : []),
    ...(approved[0]
      ? [
          `warning: approved, and not signed: ${listed(approved)}`,
          `hint: kubectl describe csr ${commandWords(approved)}`,
        ]
      : []),
    ...(ended[0]
      ? [
          `warning: not issued: ${listed(ended)}`,
          `hint: why: kubectl describe csr ${commandWords(ended)}`,
        ]
      : []),
  ];
}

function unknownRequests({ unknown, needs }: Unknown): string {
  return `note: pending certificate signing requests are unknown: caller -> API server: ${unknown}${needs === undefined ? '' : ` (needs ${needs})`}`;
}
