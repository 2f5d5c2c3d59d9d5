import { UsageFailure } from '../../errors.ts';

/** A pod, by which its node is found. */
export interface PodChoice {
  /** Empty for that of --namespace or the context. */
  readonly namespace: string;
  readonly name: string;
  /** Empty for its only or default container. */
  readonly container: string;
}

export function parsePod(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace = '', name = ''] =
    /^(?:([a-z0-9-]+)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  if (name === '')
    throw new UsageFailure(`invalid --pod value "${text}": must be NAME or NAMESPACE/NAME`);
  return { namespace, name };
}
