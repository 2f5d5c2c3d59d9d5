import { UsageFailure } from '../errors.ts';
import { type Pin, parsePin } from '../kubelet/fingerprint.ts';
import type { GivenOption } from './argv.ts';

const flag = '--kubelet-fingerprint';

const targets = ['--node', '--kubelet-address'];

export function pinFilesOf(values: readonly string[]): readonly string[] {
  return values.filter((value) => value.startsWith('@')).map((value) => value.slice(1));
}

/**
 * Parses values `[NODE=]SHA256:…`, at most one for each kubelet. A value without NODE is accepted only if the command calls a single
 * kubelet, because the fingerprint of one node must not make another node trusted.
 * @param isOne whether a single kubelet is called; by default, whether --node or --kubelet-address names a single kubelet
 */
export function parsePins(
  values: readonly string[],
  given: readonly GivenOption[],
  isOne?: boolean,
): readonly Pin[] {
  const pins = values.filter((value) => !value.startsWith('@')).map(pinOf);
  const kubelets = pins.map(({ kubelet }) => kubelet);
  const repeated = kubelets.find((kubelet, index) => kubelets.indexOf(kubelet) < index);
  if (new Set(kubelets).size < kubelets.length)
    throw new UsageFailure(
      `${flag} can be given once for each kubelet${repeated === undefined ? ': use NODE=SHA256:…' : `, and is given twice for ${repeated}`}`,
    );
  if (!kubelets.includes(undefined)) return pins;
  const named = given.flatMap(({ option, value = '' }) =>
    targets.includes(option.name) ? value.split(',') : [],
  );
  if (pins.length > 1 || !(isOne ?? named.length === 1))
    throw new UsageFailure(
      `${flag} without NODE= is for one kubelet, named by --node or --kubelet-address`,
      { hints: [`for several nodes: ${flag} NODE=SHA256:… for each of them`] },
    );
  return pins;
}

function pinOf(text: string): Pin {
  const pin = parsePin(text, flag);
  if (!pin)
    throw new UsageFailure(
      `invalid ${flag} value "${text}": must be [NODE=]SHA256: and 64 hex digits, with or without colons, or @FILE`,
      { hints: ['openssl x509 -noout -fingerprint -sha256 -in /var/lib/kubelet/pki/kubelet.crt'] },
    );
  return pin;
}
