import type { Node } from '../objects.ts';

const states = ['True', 'False', 'Unknown'] as const;

function conditionOf({ status }: Node) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/**
 * Returns the status of the Ready condition. `Unknown` means that the kubelet stopped posting its status. Empty if the condition is
 * absent or has another status.
 */
export function readyState(node: Node): (typeof states)[number] | '' {
  const status = conditionOf(node)?.status;
  return states.find((state) => state === status) ?? '';
}

/** Formats `node-1 is not ready: Kubelet stopped posting node status.` Empty if the node is ready or has no Ready condition. */
export function describeNotReady(node: Node): string {
  const condition = conditionOf(node);
  if (!condition || condition.status === 'True') return '';
  const { message, reason, status } = condition;
  return `${node.metadata.name} is not ready: ${message ?? reason ?? status}`;
}
