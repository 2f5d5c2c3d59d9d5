import type { Readable } from 'node:stream';

export interface KubeletAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
  readonly stream?: Readable;
}
