import type { Node } from '../objects.ts';

const states = ['True', 'False', 'Unknown'] as const;

function conditionOf({ status }: Node) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** Returns the Ready condition's status: `Unknown` if the kubelet has stopped posting it; empty if absent or any other text. */
export function readyState(node: Node): (typeof states)[number] | '' {
  const status = conditionOf(node)?.status;
  return states.find((state) => state === status) ?? '';
}

/** Formats `node-1 is not ready: Kubelet stopped posting node status.`; empty for a node that is ready or has no such condition. */
export function describeNotReady(node: Node): string {
  const condition = conditionOf(node);
  if (!condition || condition.status === 'True') return '';
  const { message, reason, status } = condition;
  return `${node.metadata.name} is not ready: ${message ?? reason ?? status}`;
}
