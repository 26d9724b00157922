/** Computations under way, shared by all who want the same. */
export interface SingleFlight<Result> {
  /**
   * Joins the computation under this key, or starts it. It is cancelled when everyone who waits for it has left.
   */
  join(key: string, signal: AbortSignal, compute: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
  readonly size: number;
}

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly controller: AbortController;
  waiting: number;
}

export function createSingleFlight<Result>(): SingleFlight<Result> {
  const flights = new Map<string, Flight<Result>>();
  const start = (key: string, compute: (signal: AbortSignal) => Promise<Result>): Flight<Result> => {
    const controller = new AbortController();
    const flight: Flight<Result> = { controller, waiting: 0, result: compute(controller.signal) };
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(land, land);
    flights.set(key, flight);
    return flight;
  };
  return {
    join(key, signal, compute) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const flight = flights.get(key) ?? start(key, compute);
      flight.waiting += 1;
      return new Promise<Result>((resolve, reject) => {
        const leave = () => {
          flight.waiting -= 1;
          if (flight.waiting === 0) {
            flights.delete(key);
            flight.controller.abort(signal.reason);
          }
          reject(signal.reason);
        };
        signal.addEventListener("abort", leave, { once: true });
        const settled = () => signal.removeEventListener("abort", leave);
        flight.result.then(
          (result) => (settled(), resolve(result)),
          (error: unknown) => (settled(), reject(error)),
        );
      });
    },
    get size() {
      return flights.size;
    },
  };
}
