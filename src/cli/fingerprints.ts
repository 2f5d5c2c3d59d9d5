import { UsageFailure } from '../errors.ts';
import type { Pin } from '../kube/kubelet-client/accept-certificate.ts';
import { parseFingerprint } from '../kubelet/fingerprint.ts';
import type { GivenOption } from './argv.ts';

const flag = '--kubelet-fingerprint';

/** Options of commands that name kubelets, one in each value or several with commas. */
const targets = ['--node', '--address'];

/**
 * `[NODE=]SHA256:…`, once for each kubelet. Without NODE it is for the only kubelet that the command line names: the key of one
 * node must not make a connection to another one trusted.
 * @param isOne whether there is one kubelet, where arguments name kubelets as well as options do
 */
export function parsePins(
  values: readonly string[],
  given: readonly GivenOption[],
  isOne?: boolean,
): readonly Pin[] {
  const pins = values.map(parsePin);
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
      `${flag} without NODE= is for one kubelet, named by --node or --address`,
      { hints: [`for several nodes: ${flag} NODE=SHA256:… for each of them`] },
    );
  return pins;
}

function parsePin(text: string): Pin {
  const [, kubelet, digest = ''] = /^(?:([A-Za-z0-9.:%[\]_-]+)=)?(.*)$/s.exec(text) ?? [];
  const whole = parseFingerprint(text);
  const fingerprint = whole ?? parseFingerprint(digest);
  if (fingerprint === undefined)
    throw new UsageFailure(
      `invalid ${flag} value "${text}": must be [NODE=]SHA256: and 64 hex digits, with or without colons`,
      { hints: ['openssl x509 -noout -fingerprint -sha256 -in /var/lib/kubelet/pki/kubelet.crt'] },
    );
  return { kubelet: whole === undefined ? kubelet : undefined, fingerprint };
}
