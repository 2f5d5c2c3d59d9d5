import { statusesOf } from '../../kubelet/bodies/pod-resources.ts';
import type { KubeletPod } from '../../kubelet/bodies/pods.ts';
import { filledPercent, type StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import type { KubeletConfiguration } from '../../kubelet/configz.ts';
import type { NodeImages } from '../../objects.ts';
import { plainText, toneOfRest } from '../../text/column.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import {
  countField,
  type Field,
  rowOf,
  summed,
  textField,
  type ViewOf,
  wide,
} from '../shared/rows/fields.ts';

interface ImageSource {
  readonly node: string;
  readonly names: readonly string[];
  readonly bytes: number | undefined;
  /** Number of pods that use the image; undefined if /pods was not read. */
  readonly pods: number | undefined;
  readonly filled: number | undefined;
  /** Share of the file system from which the kubelet deletes unused images; undefined if it never does, or /configz was not read. */
  readonly threshold: number | undefined;
  readonly atMost: number | undefined;
}

export function imageRows(
  node: string,
  { status: { images = [] } = {} }: Pick<NodeImages, 'status'> = {},
  summary: StatsSummary,
  pods: readonly KubeletPod[] | undefined,
  configuration: KubeletConfiguration | undefined,
): readonly Row[] {
  const used = pods?.map(imagesOf);
  const filled = filledPercent(summary.node.runtime?.imageFs ?? {});
  const high = configuration && Number(configuration.imageGCHighThresholdPercent ?? 85);
  const atMost = configuration && Number(configuration.nodeStatusMaxImages ?? 50);
  return images.map(({ names = [], sizeBytes: bytes }) => {
    const keys = names.flatMap(keysOf);
    const users = used?.filter((each) => keys.some((key) => each.has(key)));
    return rowOf(imagesView, {
      ...{ node, names, bytes, filled, pods: users?.length },
      // At 100, the kubelet deletes no images.
      threshold: high === 100 ? undefined : high,
      atMost: atMost === undefined || atMost < 0 ? undefined : atMost,
    });
  });
}

/** Returns what identifies the images of a pod: names, and digests. */
function imagesOf(pod: KubeletPod): ReadonlySet<string> {
  return new Set(
    [...statusesOf(pod).values()].flatMap(({ image = '', imageID = '' }) =>
      [image, imageID].flatMap(keysOf),
    ),
  );
}

/** Returns a name, and its digest: some runtimes report an image by another name of the same digest. */
function keysOf(name: string): readonly string[] {
  const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(name) ?? [];
  return name === '' ? [] : digest === undefined ? [name] : [name, digest];
}

const untilGc: Field<ImageSource> = {
  ...{ head: 'UNTIL GC', key: 'untilGcPercent', unit: 'percent' },
  of: ({ filled, threshold }) =>
    filled === undefined || threshold === undefined
      ? undefined
      : Math.round((threshold - filled) * 100) / 100,
  toneOf: toneOfRest,
  about:
    'Percentage of the image file system of the node that may still fill before the kubelet deletes unused images; absent if it never does.',
};

export const imagesView: ViewOf<ImageSource> = {
  kind: 'KubeletImageList',
  names: 'node',
  about: 'An image of a node, from its Node object.',
  columns: [
    textField('NODE', 'node', ({ node }) => node),
    textField('IMAGE', 'image', ({ names }) => nameOf(names), {
      about: 'A name with a tag if there is one, else with a digest.',
    }),
    summed('SIZE', 'sizeBytes', 'bytes', {
      of: ({ bytes }) => bytes,
      name: 'node_image_size_bytes',
      help: 'Size of the image on the node.',
    }),
    summed('PODS', 'pods', 'count', {
      of: ({ pods }) => pods,
      name: 'node_image_pods',
      help: 'Pods of the node that use the image.',
    }),
    summed('UNUSED', 'unusedBytes', 'bytes', {
      of: ({ bytes, pods }) => (pods === undefined ? undefined : pods === 0 ? bytes : 0),
      name: 'node_image_unused_bytes',
      help: 'Size of the image if no pod of the node uses it, else 0.',
    }),
    untilGc,
    {
      ...{ head: 'FS USED', key: 'imageFsUsedPercent', unit: 'percent', ...wide },
      of: ({ filled }) => filled,
      about: 'Share of the image file system that is in use.',
    },
    {
      ...{ head: 'GC AT', key: 'gcThresholdPercent', unit: 'percent', ...wide },
      of: ({ threshold }) => threshold,
      about: 'imageGCHighThresholdPercent of /configz.',
    },
    countField('LISTED AT MOST', 'listedAtMost', ({ atMost }) => atMost, {
      detail: true,
      about: 'Number of images that the Node lists at most: nodeStatusMaxImages of /configz.',
    }),
  ],
};

function nameOf(names: readonly string[]): string | undefined {
  return names.find((name) => !name.includes('@')) ?? names[0];
}

/** Names the nodes that may have more images than their Node objects list. */
export function imageNotes(rows: readonly Row[]): readonly string[] {
  const cut = [...Map.groupBy(rows, ({ node }) => plainText(node))].filter(
    ([, [first, ...others]]) => 1 + others.length >= Number(first?.['listedAtMost'] ?? 50),
  );
  if (cut.length === 0) return [];
  const nodes = summarize(cut, 3, ([node]) => node);
  return [
    escapeControlLine(
      `note: a Node lists only its largest images, at most 50 by default (nodeStatusMaxImages): ${nodes} may have more`,
    ),
  ];
}
