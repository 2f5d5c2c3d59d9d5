/** Names of fields by number. `[]` marks a list, `{}` a map of texts. */
interface Message {
  readonly [field: number]: string | readonly [name: string, of: Message];
}

const metadata: Message[number] = [
  'metadata',
  { 1: 'name', 2: 'generateName', 3: 'namespace', 11: 'labels{}', 12: 'annotations{}' },
];
const rule: Message = {
  ...{ 1: 'verbs[]', 2: 'apiGroups[]', 3: 'resources[]', 4: 'resourceNames[]' },
  5: 'nonResourceURLs[]',
};
const binding: Message = {
  1: metadata,
  2: ['subjects[]', { 1: 'kind', 2: 'apiGroup', 3: 'name', 4: 'namespace' }],
  3: ['roleRef', { 1: 'apiGroup', 2: 'kind', 3: 'name' }],
};
const attributes: Message[number] = [
  'resourceAttributes',
  {
    ...{ 1: 'namespace', 2: 'verb', 3: 'group', 4: 'version', 5: 'resource', 6: 'subresource' },
    7: 'name',
  },
];

/** kubectl creates these kinds. Source: `generated.proto` of `k8s.io/api`. */
const kinds: Readonly<Record<string, Message>> = {
  ClusterRole: { 1: metadata, 2: ['rules[]', rule] },
  ClusterRoleBinding: binding,
  RoleBinding: binding,
  ServiceAccount: { 1: metadata },
  SelfSubjectReview: {},
  SelfSubjectAccessReview: { 2: ['spec', { 1: attributes }] },
  SubjectAccessReview: { 2: ['spec', { 1: attributes, 3: 'user', 4: 'groups[]' }] },
  TokenRequest: { 2: ['spec', { 1: 'audiences[]', 4: 'expirationSeconds' }] },
};

const magic = Buffer.from('k8s\0');

/** Decodes a body of type `application/vnd.kubernetes.protobuf`, whose envelope has the kind of the object. */
export function readProtobuf(body: Buffer): object {
  if (!body.subarray(0, magic.length).equals(magic)) throw new Error('no object of Kubernetes');
  let type: { readonly kind?: string } = {};
  let raw: Buffer = Buffer.alloc(0);
  for (const [number, value] of fieldsOf(body.subarray(magic.length))) {
    if (number === 1) type = readMessage(value as Buffer, { 1: 'apiVersion', 2: 'kind' });
    if (number === 2) raw = value as Buffer;
  }
  const kind = kinds[type.kind ?? ''];
  if (kind === undefined) throw new Error(`cannot read ${type.kind}`);
  return { ...type, ...readMessage(raw, kind) };
}

/** Decodes a message. Leaves out unknown fields and empty texts. */
function readMessage(bytes: Buffer, message: Message): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [number, value] of fieldsOf(bytes)) {
    const field = message[number];
    if (field === undefined) continue;
    const [form, of] = typeof field === 'string' ? [field] : field;
    const name = form.replace(/\W/g, '');
    const read =
      typeof value === 'number' ? value : of ? readMessage(value, of) : value.toString('utf8');
    if (form.endsWith('[]')) object[name] = [...((object[name] ?? []) as unknown[]), read];
    else if (form.endsWith('{}')) {
      const entry = readMessage(value as Buffer, { 1: 'key', 2: 'value' });
      object[name] = { ...(object[name] as object), [String(entry['key'])]: entry['value'] ?? '' };
    } else if (read !== '') object[name] = read;
  }
  return object;
}

/** Yields the fields of a message. A field is a varint, or bytes with a length. */
function* fieldsOf(bytes: Buffer): Generator<readonly [number: number, value: number | Buffer]> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) yield [number, varint()];
    else if (wire === 2) {
      const length = varint();
      at += length;
      yield [number, bytes.subarray(at - length, at)];
    } else throw new Error(`wire type ${wire}`);
  }
}
