import type { GivenOption } from '../../cli/argv.ts';
import { UsageFailure } from '../../errors.ts';

interface Unprintable {
  readonly why: string;
  readonly hint?: string;
}

const oneRequest: Unprintable = {
  why: 'each command sends one request by itself',
};

const fingerprints: Unprintable = {
  why: 'curl does not compare fingerprints of certificates',
  hint: 'with the certificate in a file: --kubelet-certificate-authority FILE --kubelet-tls-server-name NAME',
};

const responseAlone = 'the printed command prints the response alone';

/** Options whose effect no command of curl has. */
const unprintable: Readonly<Record<string, Unprintable>> = {
  '--kubelet-fingerprint': fingerprints,
  '--kubelet-trust': fingerprints,
  '--parallel': oneRequest,
  '--fail-fast': oneRequest,
  '--timeout': {
    why: 'curl has no time limit for the start of a response',
    hint: 'use --max-time, which limits the whole response',
  },
  '--prefix': { why: responseAlone },
  '--template': { why: responseAlone },
  '--force-terminal': {
    why: 'curl itself decides what a terminal gets',
    hint: 'append to the printed command: -o -',
  },
  '--timing': {
    why: responseAlone,
    hint: "append to the printed command: -w '%{time_total}'",
  },
  '--as-serviceaccount': {
    why: 'the printed command needs a token that lasts',
    hint: 'kubectl create token NAME -n NAMESPACE > FILE, and --kubelet-token-file FILE',
  },
};

export function rejectUnprintable(given: readonly GivenOption[]): void {
  for (const { option } of given) {
    const found = unprintable[option.name];
    if (found)
      throw new UsageFailure(
        `${option.name} and --print-curl cannot be used together: ${found.why}`,
        { hints: found.hint === undefined ? [] : [found.hint] },
      );
  }
}
