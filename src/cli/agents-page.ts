import { agents } from '../kubelet/agents/agents.ts';

export function agentsPage(): string {
  const names = agents.map(({ name }) => name).sort((a, b) => a.localeCompare(b, 'en'));
  return `Programs that call kubelets, by the names that check and narrow --agent take.
A part of a name that no other has is enough; only its letters and digits
count.

${names.map((name) => `  ${name}\n`).join('')}
What each calls and needs, and where that was read:
https://github.com/kubectl-kubeletaccess/kubectl-kubeletaccess
(docs/reference/agents.md)
`;
}
