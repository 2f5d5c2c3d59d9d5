import { randomUUID } from 'node:crypto';

interface Meta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Any Kubernetes object. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: Meta;
  [field: string]: unknown;
}

/** Objects by resource and name, with uids and a growing resourceVersion, as in etcd. */
export class Store {
  private readonly objects = new Map<string, StoredObject>();
  private version = 100;

  list(resource: string): StoredObject[] {
    return [...this.objects]
      .filter(([key]) => key.startsWith(`${resource}/`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  get(resource: string, name: string): StoredObject | undefined {
    return this.objects.get(`${resource}/${name}`);
  }

  /** Creates or replaces an object; keeps its uid and creationTimestamp. */
  put(resource: string, object: StoredObject): StoredObject {
    const stored = this.preview(resource, object);
    this.version += 1;
    stored.metadata.resourceVersion = String(this.version);
    this.objects.set(`${resource}/${keyName(object.metadata)}`, stored);
    return stored;
  }

  /** Returns the object that `put` would store, as the answer of a dry run. */
  preview(resource: string, object: StoredObject): StoredObject {
    const before = this.objects.get(`${resource}/${keyName(object.metadata)}`)?.metadata;
    const uid = before?.uid ?? object.metadata.uid ?? randomUUID();
    const creationTimestamp = before?.creationTimestamp ?? new Date().toISOString();
    return { ...object, metadata: { ...object.metadata, uid, creationTimestamp } };
  }

  /** Returns a function that restores the current objects. */
  keep(): () => void {
    const kept = [...this.objects];
    return () => {
      this.objects.clear();
      for (const [key, object] of kept) this.objects.set(key, object);
    };
  }

  delete(resource: string, name: string): void {
    this.objects.delete(`${resource}/${name}`);
  }
}

function keyName(meta: Meta): string {
  return meta.namespace === undefined ? meta.name : `${meta.namespace}/${meta.name}`;
}
