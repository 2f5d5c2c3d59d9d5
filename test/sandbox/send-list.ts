import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './respond.ts';
import type { StoredObject } from './store.ts';

const meta = 'meta.k8s.io/v1';

/** A list, a page of it, in the form that the request accepts: whole objects, their metadata, or a table. */
export function sendList(
  { headers }: Pick<IncomingMessage, 'headers'>,
  response: ServerResponse,
  kind: string,
  objects: readonly StoredObject[],
  query: URLSearchParams,
): void {
  const from = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0) || objects.length;
  const more = from + limit < objects.length ? { continue: String(from + limit) } : {};
  const page = objects.slice(from, from + limit);
  const metadata = { resourceVersion: '1', ...more };
  const [, form] = /;as=(\w+);v=v1;g=meta\.k8s\.io/.exec(headers.accept ?? '') ?? [];
  if (form === 'Table')
    sendJson(response, 200, {
      kind: 'Table',
      apiVersion: meta,
      metadata,
      columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', priority: 0 }],
      rows: page.map(({ metadata: { name } }) => ({ cells: [name], object: null })),
    });
  else if (form === 'PartialObjectMetadataList')
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
  else sendJson(response, 200, { kind: `${kind}List`, apiVersion: 'v1', metadata, items: page });
}
