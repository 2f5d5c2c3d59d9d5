import type { NodeContents } from '../node-contents.ts';
import type { NodeLogs } from '../node-logs.ts';
import { atOneMoment } from './clock.ts';
import { sceneContents } from './contents.ts';

/** Returns the contents of a node of the demo at one fixed time, so that the usage never changes. */
export function stillContents(node: string, { web }: NodeLogs): NodeContents {
  const contents = sceneContents({ node, minor: 37, logOf: () => web, isReady: () => true });
  return {
    ...contents,
    pods: () => atOneMoment(contents.pods),
    summary: () => atOneMoment(contents.summary),
    metrics: (path) => atOneMoment(() => contents.metrics(path)),
  };
}
