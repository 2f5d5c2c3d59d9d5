import { formatFingerprint, parseFingerprint } from './fingerprint.ts';

/** The cluster that the name of a kubelet belongs to. */
export interface TrustedCluster {
  /** The URL of the API server, or `-` if none is configured. */
  readonly server: string;
  /** 64 hex digits: a digest of the certificates that it is verified with; `none` without such. */
  readonly ca: string;
}

/** One line of a trust file. */
export interface TrustRecord extends TrustedCluster {
  /** The name of a node; `HOST:PORT` of a kubelet that was called by its address. */
  readonly kubelet: string;
  readonly fingerprint: string;
}

export interface TrustLine extends TrustRecord {
  /** From 1. */
  readonly line: number;
}

export const trustLineForm = 'KUBELET SERVER ca:DIGEST SHA256:FINGERPRINT';

/** Where a file begins. */
export const trustFileHead = `# Serving certificates of kubelets that kubectl kubeletaccess accepts with --kubelet-trust.
# ${trustLineForm}
`;

/** The records of a file, or the number of its first line that is not one. Comments and empty lines are none. */
export function parseTrustFile(
  text: string,
): { readonly records: readonly TrustLine[] } | { readonly damaged: number } {
  const records: TrustLine[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const words = whole.trim();
    if (words === '' || words.startsWith('#')) continue;
    const record = parseLine(words);
    if (!record) return { damaged: index + 1 };
    records.push({ ...record, line: index + 1 });
  }
  return { records };
}

function parseLine(words: string): TrustRecord | undefined {
  const [kubelet = '', server = '', authority = '', digest = '', ...rest] = words.split(/[ \t]+/);
  const [, ca] = /^ca:([0-9a-f]{64}|none)$/.exec(authority) ?? [];
  const fingerprint = parseFingerprint(digest);
  if (!/^[\x21-\x7e]+$/.test(kubelet) || !/^(?:https?:\/\/[\x21-\x7e]+|-)$/.test(server))
    return undefined;
  if (ca === undefined || fingerprint === undefined || rest.length > 0) return undefined;
  return { kubelet, server, ca, fingerprint };
}

export function formatTrustRecord({ kubelet, server, ca, fingerprint }: TrustRecord): string {
  return `${kubelet} ${server} ca:${ca} ${formatFingerprint(fingerprint)}`;
}

/** Records by kubelet: there may be thousands. */
export class TrustRecords {
  readonly #byKubelet = new Map<string, TrustLine[]>();

  constructor(records: readonly TrustLine[]) {
    for (const record of records) this.add(record);
  }

  add(record: TrustLine): void {
    const key = keyOf(record);
    const known = this.#byKubelet.get(key);
    if (known) known.push(record);
    else this.#byKubelet.set(key, [record]);
  }

  /** Records of one kubelet of one cluster: several while its certificate is replaced. */
  of(kubelet: Omit<TrustRecord, 'fingerprint'>): readonly TrustLine[] {
    return this.#byKubelet.get(keyOf(kubelet)) ?? [];
  }
}

/** None of the parts has a blank. */
function keyOf({ kubelet, server, ca }: Omit<TrustRecord, 'fingerprint'>): string {
  return `${kubelet} ${server} ${ca}`;
}
