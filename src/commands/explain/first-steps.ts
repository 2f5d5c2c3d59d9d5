import { explain } from '../../kubelet/explain/explain.ts';
import { renderSections } from '../../text/render-report.ts';
import { shownExplained } from './shown.ts';

const program = 'kubectl kubeletaccess';

const sample =
  'Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource(s)=[proxy])';

/** What the program prints without arguments: first commands, and an error that is explained without a cluster. */
export function renderFirstSteps(): string {
  const explained = renderSections(shownExplained([{ explanations: explain(sample) }]));
  return `First commands:
  ${program} status                     Check access to kubelets
  ${program} top nodes                  Print CPU, memory and disk
  kubectl logs POD 2>&1 | ${program} explain -   Explain an error

An error, explained without a cluster:
  $ ${program} explain '${sample}'
${explained.replaceAll(/^(?=.)/gm, '  ')}
All commands: ${program} help
`;
}
