/** A computation under way. */
export interface Computation<Result> {
  readonly result: Promise<Result>;
  /** Gives it up, where it is not done yet. */
  cancel(reason: unknown): void;
}

/** Computations under way, shared by all who want the same. */
export interface SingleFlight<Result> {
  /**
   * Joins the computations under these keys, which differ; those that are not under way are started together. Each is
   * cancelled when everyone who waits for it has left: by their signal, or as another that they wait for failed.
   * @param start begins the computations of the keys at these places
   */
  join(
    keys: readonly string[],
    signal: AbortSignal,
    start: (places: readonly number[]) => readonly Computation<Result>[],
  ): Promise<Result[]>;
  readonly size: number;
}

interface Flight<Result> {
  readonly key: string;
  readonly computation: Computation<Result>;
  waiting: number;
}

/** Computations by key, none of which runs twice at once. */
export function createSingleFlight<Result>(): SingleFlight<Result> {
  const flights = new Map<string, Flight<Result>>();
  const forget = (flight: Flight<Result>) => {
    if (flights.get(flight.key) === flight) flights.delete(flight.key);
  };
  const begin = (key: string, computation: Computation<Result>) => {
    const flight: Flight<Result> = { key, computation, waiting: 0 };
    flights.set(key, flight);
    const land = () => forget(flight);
    computation.result.then(land, land);
  };
  const leave = (joined: readonly Flight<Result>[], reason: unknown) => {
    for (const flight of joined) {
      flight.waiting -= 1;
      if (flight.waiting > 0) continue;
      forget(flight);
      flight.computation.cancel(reason);
    }
  };
  return {
    join(keys, signal, start) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const places = [...keys.keys()].filter((place) => !flights.has(keys[place] ?? ""));
      const computations = places.length === 0 ? [] : start(places);
      for (const [index, computation] of computations.entries()) begin(keys[places[index] ?? 0] ?? "", computation);
      const joined = keys.flatMap((key) => flights.get(key) ?? []);
      for (const flight of joined) flight.waiting += 1;
      return new Promise<Result[]>((resolve, reject) => {
        // One listener for all texts, removed when they are done: the signal may be that of a connection with many requests.
        let over = false;
        const abort = () => fail(signal.reason);
        const fail = (reason: unknown) => {
          // What is cancelled fails too.
          if (over) return;
          over = true;
          signal.removeEventListener("abort", abort);
          leave(joined, reason);
          reject(reason);
        };
        signal.addEventListener("abort", abort);
        Promise.all(joined.map(({ computation }) => computation.result)).then((results) => {
          signal.removeEventListener("abort", abort);
          resolve(results);
        }, fail);
      });
    },
    get size() {
      return flights.size;
    },
  };
}
