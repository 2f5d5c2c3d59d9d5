import { escapeControl } from './escape.ts';

/** In characters. A shorter one would turn up in words that have nothing to do with it. */
const shortest = 6;

/** From this length on, the start of one is masked too: what repeats it may be cut. */
const long = 32;
const startLength = 16;

/** The secrets of one run. Whatever the program prints goes through `mask`, since a server may repeat what it was sent. */
export class Secrets {
  readonly #forms = new Set<string>();
  /** Credentials come again with each request. */
  readonly #added = new Set<string>();
  #pattern: RegExp | undefined;

  /** A token, a password, or the value of a header. */
  add(secret: string | undefined): void {
    if (secret === undefined || secret.length < shortest || !this.#isNew(secret)) return;
    const json = JSON.stringify(secret).slice(1, -1);
    const encoded = encodeURIComponent(secret.toWellFormed());
    this.#addForms([secret, json, encoded, escapeControl(secret), ...base64Forms(secret)]);
  }

  /** Adds a user of basic authentication. A short password is masked only beside its user name. */
  addUser(user: { readonly name: string; readonly password: string } | undefined): void {
    if (!user || user.password === '') return;
    const pair = `${user.name}:${user.password}`;
    this.add(user.password);
    this.add(pair);
    this.#addForms([Buffer.from(pair).toString('base64')]);
  }

  /** A private key in PEM: its lines, and its whole text in base64, as a kubeconfig has it. */
  addKey(pem: string | undefined): void {
    if (pem === undefined || !this.#isNew(pem)) return;
    const lines = pem.split('\n').map((line) => line.trimEnd());
    const body = lines.filter((line) => line.length >= 32 && !line.includes('-----'));
    this.#addForms([...body, Buffer.from(pem).toString('base64')]);
  }

  /** The users and passwords in the URLs of a text. */
  addUrls(text: string): void {
    if (!text.includes('@')) return;
    for (const [, info = ''] of text.matchAll(/\/\/([^\s/?#@]*(?:@[^\s/?#@]+)*)@/g)) {
      const colon = info.indexOf(':');
      if (colon < 0) this.add(info);
      else this.addUser({ name: info.slice(0, colon), password: info.slice(colon + 1) });
    }
  }

  /**
   * What a word of a command line has, wherever it stands: credentials of URLs, tokens, and values of queries that are called so.
   * Every start looks at its words, and to compile a pattern takes longer than to look for the one character that it needs.
   */
  addWord(word: string): void {
    this.addUrls(word);
    if (word.includes('.')) this.#addTokens(word);
    if (word.includes('=')) this.#addQuery(word);
  }

  #addTokens(word: string): void {
    for (const [token] of word.matchAll(
      /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g,
    ))
      this.add(token);
  }

  #addQuery(word: string): void {
    for (const [, value = ''] of word.matchAll(
      /[?&](?:[^=&#]{0,60}[_-])?(?:\w{0,20}token|secret|password|passwd|api_?key|sig|signature|auth|authorization|credential)=([^&#\s]+)/gi,
    )) {
      this.add(value);
      this.add(decoded(value));
    }
  }

  /** The value of an Authorization header. */
  addAuthorization(value: string | undefined): void {
    this.add(value);
    const [, scheme = '', rest = ''] = /^([!-~]+) +(.+)$/s.exec(value ?? '') ?? [];
    this.add(rest);
    if (scheme.toLowerCase() !== 'basic') return;
    const pair = Buffer.from(rest, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon >= 0) this.addUser({ name: pair.slice(0, colon), password: pair.slice(colon + 1) });
  }

  mask(text: string): string {
    const pattern = this.#starts();
    if (!pattern) return text;
    const parts: string[] = [];
    let from = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      parts.push(text.slice(from, match.index), '<masked>');
      from = match.index + this.#lengthAt(text, match.index);
      pattern.lastIndex = from;
    }
    return from === 0 ? text : parts.join('') + text.slice(from);
  }

  #isNew(secret: string): boolean {
    if (this.#added.has(secret)) return false;
    this.#added.add(secret);
    return true;
  }

  #addForms(forms: readonly string[]): void {
    for (const form of forms) if (form.length >= shortest) this.#forms.add(form);
    this.#pattern = undefined;
  }

  /** One pass over a text, however many secrets there are. */
  #starts(): RegExp | undefined {
    if (this.#forms.size === 0) return undefined;
    if (!this.#pattern) {
      const starts = new Set([...this.#forms].map(startOf));
      this.#pattern = new RegExp([...starts].map((start) => RegExp.escape(start)).join('|'), 'g');
    }
    return this.#pattern;
  }

  /** How much of a secret stands there. */
  #lengthAt(text: string, index: number): number {
    let most = 0;
    for (const form of this.#forms) {
      const least = startOf(form).length;
      let length = 0;
      while (length < form.length && text[index + length] === form[length]) length += 1;
      if (length >= least) most = Math.max(most, length);
    }
    return most;
  }
}

function startOf(form: string): string {
  return form.length < long ? form : form.slice(0, startLength);
}

/** The part of a secret's base64 that is the same at each offset in a group of three bytes. */
function base64Forms(secret: string): readonly string[] {
  return ['', 'x', 'xx'].flatMap((before) => {
    const bytes = Buffer.from(before + secret);
    const start = before === '' ? 0 : 4;
    const whole = bytes.toString('base64').slice(start, Math.floor(bytes.length / 3) * 4);
    return whole.length < 8 ? [] : [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Decodes percent-encoding; undefined if it is invalid. */
function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
