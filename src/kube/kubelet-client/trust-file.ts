import { createHash } from 'node:crypto';
import { Failure, Interrupted } from '../../errors.ts';
import { describeTransport } from '../../kubelet/causes/causes.ts';
import { formatFingerprint } from '../../kubelet/fingerprint.ts';
import {
  formatTrustRecord,
  parseTrustFile,
  type TrustedCluster,
  type TrustLine,
  type TrustRecord,
  TrustRecords,
  trustFileHead,
  trustLineForm,
} from '../../kubelet/trust-records.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import { type PrivateFile, readPrivateFile, updatePrivateFile } from '../files/locked-file.ts';
import type { AcceptCertificate } from '../transport/tls.ts';
import { paused } from '../within.ts';
import { different, type KubeletName, unrecorded } from './accept-certificate.ts';

export interface TrustSettings {
  /** Absolute path of the file, which need not exist. */
  readonly path: string;
  /** Whether the certificates of kubelets without a record are recorded, and accepted from then on. */
  readonly recordNew: boolean;
  readonly cluster: TrustedCluster;
  readonly signal: AbortSignal;
  readonly recorded: (kubelet: string, fingerprint: string) => void;
}

/** Decides about the certificates that no authority vouches for. */
export interface TrustFile {
  acceptorFor(kubelet: KubeletName): AcceptCertificate;
}

/** By URL and CA: at the same URL there may be another cluster tomorrow. */
export function clusterOf({ address, server, origin, tls }: ApiConnection): TrustedCluster {
  const bundle = address.secure && tls.verify ? tls.ca : undefined;
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  return {
    // Without a server in the configuration, it is one that nobody chose.
    server: origin === undefined ? encodeURI(server) : '-',
    ca: bundle === undefined ? 'none' : digest(bundle.replaceAll(/\s/g, '')),
  };
}

/** Throws a Failure for a file that is damaged, or that others may write. */
export function openTrustFile(settings: TrustSettings): TrustFile {
  const { path, recordNew, cluster, signal, recorded } = settings;
  const file: PrivateFile = { title: 'kubelet trust file', path };
  let records = readRecords(file, readPrivateFile(file));

  const addAll = async (batch: readonly TrustRecord[]) => {
    const added: TrustRecord[] = [];
    await updatePrivateFile(file, signal, (text) => {
      // Another process may have written it meanwhile.
      records = readRecords(file, text);
      const start = text === '' ? trustFileHead : text.replace(/(?<!\n)$/, '\n');
      const firstLine = start.split('\n').length;
      for (const record of batch) {
        if (records.of(record).length > 0) continue;
        records.add({ ...record, line: firstLine + added.length });
        added.push(record);
      }
      return added.length > 0
        ? start + added.map((record) => `${formatTrustRecord(record)}\n`).join('')
        : undefined;
    });
    for (const { kubelet, fingerprint } of added) recorded(kubelet, fingerprint);
  };
  const add = inBatches(addAll, signal);

  return {
    acceptorFor: (name) => async (certificate, problem) => {
      // A certificate that a CA vouches for needs no record: it may be replaced at any time.
      if (!problem) return undefined;
      const record = { ...cluster, kubelet: nameOf(name), fingerprint: certificate.fingerprint256 };
      if (recordNew && records.of(record).length === 0) await add(record);
      return rejectionOf(path, record, records.of(record), problem);
    },
  };
}

/** Undefined if one of the kubelet's records has the fingerprint. */
function rejectionOf(
  path: string,
  { kubelet, fingerprint }: TrustRecord,
  known: readonly TrustLine[],
  problem: NodeJS.ErrnoException,
): NodeJS.ErrnoException | undefined {
  if (known.some((each) => each.fingerprint === fingerprint)) return undefined;
  const [first] = known;
  if (first)
    return different(
      fingerprint,
      first.fingerprint,
      `recorded for ${kubelet} in ${path}, line ${first.line}`,
    );
  const { code = '', message } = problem;
  const why = describeTransport({ stage: 'handshake', code, message });
  return unrecorded(`for ${kubelet} in ${path}: ${formatFingerprint(fingerprint)} (${why})`);
}

/** In ms. Each writing takes the longer the more records there are, and thousands of kubelets may be recorded at once. */
const betweenBatches = 100;

/** Whatever comes while one batch is under way, or shortly after it, is in the next. */
function inBatches<T>(
  run: (batch: readonly T[]) => Promise<void>,
  signal: AbortSignal,
): (item: T) => Promise<void> {
  let waiting: T[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let ended = Number.NEGATIVE_INFINITY;
  let next: Promise<void> | undefined;
  const runNext = async () => {
    const rest = ended + betweenBatches - performance.now();
    if (rest > 0 && !(await paused(rest, signal))) throw new Interrupted();
    const batch = waiting;
    waiting = [];
    next = undefined;
    try {
      await run(batch);
    } finally {
      ended = performance.now();
    }
  };
  return (item) => {
    waiting.push(item);
    if (next) return next;
    next = last.then(runNext);
    last = next.catch(() => {});
    return next;
  };
}

/** An address beside a name of its own would be another record of the same kubelet. */
function nameOf({ node, host, authority }: KubeletName): string {
  return node === undefined || node === host ? authority : node;
}

function readRecords({ title, path }: PrivateFile, text: string): TrustRecords {
  const parsed = parseTrustFile(text);
  if ('records' in parsed) return new TrustRecords(parsed.records);
  throw new Failure(`invalid ${title} ${path}, line ${parsed.damaged}: must be ${trustLineForm}`, {
    hints: ['correct the line, or delete it'],
  });
}
