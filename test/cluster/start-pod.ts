import type { World } from '../contract/world.ts';
import { waitFor } from '../kit/wait-for.ts';
import { busyboxImage } from './image.ts';

const pods = '/api/v1/namespaces/default/pods';

export interface StartedPod {
  readonly name: string;
  readonly script: string;
  readonly container?: object;
  readonly restartPolicy?: 'Never';
}

export function container(name: string, script: string, more: object = {}) {
  const image = { image: busyboxImage, imagePullPolicy: 'Never' };
  return { name, ...image, command: ['sh', '-c', script], ...more };
}

/** A pod without a grace period, on node-1 unless `spec` names another node. */
export function podObject(name: string, spec: object, metadata: object = {}) {
  const ends = { automountServiceAccountToken: false, terminationGracePeriodSeconds: 0 };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata } },
    spec: { nodeName: 'node-1', ...ends, ...spec },
  };
}

/** Waits until the pod runs. Returns the HTTP status of its creation. */
export async function startPod(
  world: Pick<World, 'api'>,
  { name, script, container: more, ...spec }: StartedPod,
): Promise<number> {
  const containers = [container('main', script, more)];
  const { status } = await world.api('POST', pods, podObject(name, { ...spec, containers }));
  await waitFor(`the pod ${name}`, 60_000, async () => {
    const { body } = await world.api('GET', `${pods}/${name}`);
    return (body as { status?: { phase?: string } }).status?.phase === 'Running';
  });
  return status;
}
