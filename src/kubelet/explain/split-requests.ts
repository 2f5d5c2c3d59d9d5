export interface RequestWords {
  readonly text: string;
  /** The text before the first request, which names the caller of all requests. Empty for the first request. */
  readonly head: string;
}

/** Order in which the parts of one request come in a message. */
const ranks = { source: 0, fetch: 1, url: 2, dial: 3 };

const markers = new RegExp(
  [
    '(?<scrape>unable to fully scrape metrics from|unable to fetch metrics from)',
    String.raw`(?:\b\d{3} Client Error: \w{1,30} for url: |\b(?:Get|Post|Put|Patch|Delete|Head|GET|POST) "?)?https?://(?<url>(?:\[[0-9a-fA-F:.]{2,60}\]|[\w.-]{1,253})(?::\d{1,5})?)`,
    String.raw`\bdial tcp (?<dial>(?:\[[0-9a-fA-F:.]{2,60}\]|[\w.-]{1,253}):\d{1,5})`,
  ].join('|'),
  'g',
);
const manuals = /^(?:curl\.(?:se|haxx\.se)|kubernetes\.io|github\.com)$/;
const mostRequests = 50;

interface Marker {
  readonly index: number;
  readonly rank: number;
  readonly address: string;
}

function markersOf(text: string): readonly Marker[] {
  return [...text.matchAll(markers)]
    .map(({ index, groups = {} }) => {
      const { scrape, url, dial = '' }: Record<string, string | undefined> = groups;
      if (scrape !== undefined)
        return { index, rank: scrape.includes('fully') ? ranks.source : ranks.fetch, address: '' };
      return url === undefined
        ? { index, rank: ranks.dial, address: dial }
        : { index, rank: ranks.url, address: url };
    })
    .filter(({ address }) => !manuals.test(address));
}

/** Splits a message into one part for each request. A failure belongs to the request before it. */
export function splitRequests(text: string): readonly RequestWords[] {
  const found = markersOf(text);
  const cuts: number[] = [];
  let last: Marker | undefined;
  let url = '';
  for (const marker of found) {
    const { index, rank, address } = marker;
    if (address !== '' && (address === url || address === last?.address)) continue;
    if (last !== undefined && rank <= last.rank) {
      cuts.push(index);
      url = '';
    }
    if (rank === ranks.url) url = address;
    last = marker;
  }
  const ends = cuts.slice(0, mostRequests);
  const head = ends.length === 0 ? '' : text.slice(0, found[0]?.index ?? 0);
  const words = [0, ...ends].map((start, place) => ({
    text: text.slice(start, ends[place]),
    head: start === 0 ? '' : head,
  }));
  return [...new Map(words.map((each) => [each.text, each])).values()];
}
