import type { Layer } from '../../kubelet/causes/cause-entry.ts';
import { type Cause, causes, describeCause, entryOf } from '../../kubelet/causes/causes.ts';

/** All that is known of a cause, wherever it is met; printed as it is with -o json and -o yaml. */
export interface CausePage {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletErrorCause';
  readonly cause: Cause;
  readonly layer: Layer;
  readonly why: string;
  readonly remedy?: string;
  /** Messages that have it. */
  readonly examples: readonly string[];
  readonly commands: readonly string[];
}

/** The cause with that name, with spaces or dashes: `no route`, `no-route`. */
export function findCause(name: string): Cause | undefined {
  return causes.find((cause) => dashed(cause) === dashed(name));
}

export function causePage(cause: Cause): CausePage {
  const { layer, examples } = entryOf(cause);
  const where = { hop: 'caller or API server -> kubelet' } as const;
  const { sentence, remedy, hints } = describeCause({ cause }, where);
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletErrorCause',
    cause,
    layer,
    why: sentence,
    ...(remedy !== '' && { remedy }),
    examples,
    commands: hints,
  };
}

function dashed(name: string): string {
  return name.trim().toLowerCase().replaceAll(/\s+/g, '-');
}
