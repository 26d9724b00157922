import type { Schemas } from "@qdrant/js-client-rest";

/** Points as the server found them, in its order. */
export type Found = readonly Schemas["ScoredPoint"][];

/** Puts several queries to one collection in one request; answers in their order. */
export type SendQueries = (collection: string, queries: readonly object[]) => Promise<readonly { points: Found }[]>;

interface Waiting {
  readonly collection: string;
  readonly query: object;
  readonly resolve: (found: Found) => void;
  readonly reject: (reason: unknown) => void;
}

/** A search asks for words and for meaning. More in one request would wait for each other on the server. */
const MOST = 2;

/** Queries that are asked for at the same moment go to the server together, in one round trip. */
export class QueryPairs {
  readonly #send: SendQueries;
  #waiting: Waiting[] = [];

  constructor(send: SendQueries) {
    this.#send = send;
  }

  ask(collection: string, query: object): Promise<Found> {
    return new Promise((resolve, reject) => {
      // At the end of this turn: until then, whoever asks at the same moment has asked.
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ collection, query, resolve, reject });
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const collection of new Set(waiting.map((each) => each.collection))) {
      const all = waiting.filter((each) => each.collection === collection);
      for (let at = 0; at < all.length; at += MOST) void this.#sendTogether(collection, all.slice(at, at + MOST));
    }
  }

  async #sendTogether(collection: string, together: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#send(
        collection,
        together.map(({ query }) => query),
      );
      together.forEach(({ resolve }, n) => resolve(answers[n]?.points ?? []));
    } catch (thrown) {
      for (const { reject } of together) reject(thrown);
    }
  }
}
