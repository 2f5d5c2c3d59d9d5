import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './respond.ts';
import type { StoredObject } from './store.ts';

const meta = 'meta.k8s.io/v1';

type Column = readonly [name: string, cell: (object: StoredObject) => string, isWide?: true];

interface NodeOrPod {
  readonly spec?: { readonly nodeName?: string; readonly containers?: readonly unknown[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly ready?: boolean;
      readonly restartCount?: number;
      readonly state?: { readonly waiting?: { readonly reason?: string } };
    }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly operatingSystem?: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

const none = '<none>';
const statusOf = (object: StoredObject) => (object as NodeOrPod).status ?? {};
const rolePrefix = 'node-role.kubernetes.io/';

/** Columns of kubectl get after the name. */
const tableColumns: Readonly<Record<string, readonly Column[]>> = {
  Node: [
    [
      'Status',
      (node) => {
        const ready = statusOf(node).conditions?.find(({ type }) => type === 'Ready')?.status;
        return ready === 'True' ? 'Ready' : 'NotReady';
      },
    ],
    [
      'Roles',
      ({ metadata: { labels = {} } }) =>
        Object.keys(labels)
          .flatMap((key) => (key.startsWith(rolePrefix) ? key.slice(rolePrefix.length) : []))
          .join(',') || none,
    ],
    ['Version', (node) => statusOf(node).nodeInfo?.kubeletVersion ?? ''],
    [
      'Internal-IP',
      (node) =>
        statusOf(node).addresses?.find(({ type }) => type === 'InternalIP')?.address ?? none,
      true,
    ],
    ['OS', (node) => statusOf(node).nodeInfo?.operatingSystem ?? none, true],
  ],
  Deployment: [
    [
      'Ready',
      (object) => {
        const { readyReplicas = 0, replicas = 0 } = object['status'] as {
          readonly readyReplicas?: number;
          readonly replicas?: number;
        };
        return `${readyReplicas}/${replicas}`;
      },
    ],
  ],
  Pod: [
    [
      'Ready',
      (pod) => {
        const ready = statusOf(pod).containerStatuses?.filter((each) => each.ready).length ?? 0;
        return `${ready}/${(pod as NodeOrPod).spec?.containers?.length ?? 0}`;
      },
    ],
    [
      'Status',
      (pod) => {
        const { phase = 'Unknown', containerStatuses = [] } = statusOf(pod);
        return (
          containerStatuses.find(({ state }) => state?.waiting)?.state?.waiting?.reason ?? phase
        );
      },
    ],
    [
      'Restarts',
      (pod) =>
        String(
          (statusOf(pod).containerStatuses ?? []).reduce(
            (sum, { restartCount = 0 }) => sum + restartCount,
            0,
          ),
        ),
    ],
    ['IP', (pod) => statusOf(pod).podIP ?? none, true],
    ['Node', (pod) => (pod as NodeOrPod).spec?.nodeName ?? none, true],
  ],
};

/** Sends whole objects, their metadata, or a table, as the client accepts. */
export function sendList(
  { headers }: Pick<IncomingMessage, 'headers'>,
  response: ServerResponse,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  objects: readonly StoredObject[],
  query: URLSearchParams,
): void {
  const from = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0) || objects.length;
  const more = from + limit < objects.length ? { continue: String(from + limit) } : {};
  const page = objects.slice(from, from + limit);
  const metadata = { resourceVersion: '1', ...more };
  const [, form] = /;as=(\w+);v=v1;g=meta\.k8s\.io/.exec(headers.accept ?? '') ?? [];
  if (form === 'Table') {
    const columns = tableColumns[kind] ?? [];
    const definition = (name: string, priority: number) => ({
      ...{ name, type: 'string', format: name === 'Name' ? 'name' : '', priority },
    });
    sendJson(response, 200, {
      ...{ kind: 'Table', apiVersion: meta, metadata },
      columnDefinitions: [
        definition('Name', 0),
        ...columns.map(([name, , isWide]) => definition(name, isWide ? 1 : 0)),
      ],
      rows: page.map((object) => ({
        cells: [object.metadata.name, ...columns.map(([, cell]) => cell(object))],
        object: { kind: 'PartialObjectMetadata', apiVersion: meta, metadata: object.metadata },
      })),
    });
  } else if (form === 'PartialObjectMetadataList')
    sendJson(response, 200, {
      kind: form,
      apiVersion: meta,
      metadata,
      items: page.map((object) => ({
        kind: 'PartialObjectMetadata',
        apiVersion: meta,
        metadata: object.metadata,
      })),
    });
  else sendJson(response, 200, { kind: `${kind}List`, apiVersion, metadata, items: page });
}
